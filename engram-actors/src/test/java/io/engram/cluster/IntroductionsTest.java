package io.engram.cluster;

import static io.engram.cluster.Hellos.at;
import static io.engram.cluster.Hellos.id;
import static io.engram.cluster.Hellos.in;
import static io.engram.cluster.Hellos.node;
import static io.engram.cluster.Hellos.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.catalog.NodeEntry;
import io.engram.peer.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IntroductionsTest {
    private final AtomicLong now = new AtomicLong();
    private final Introductions table = new Introductions(node(1), now::get, Hellos.clocks());

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void who_is_silent_is_not_there_any_more() {
        table.heard(node(3));
        table.heard(in(node(2), 2, 2));
        assertThat(table.met()).containsExactly(in(node(2), 2, 2), node(3));
        pass(Duration.ofSeconds(4));
        assertThat(table.met()).as("members speak rarely").containsExactly(in(node(2), 2, 2));
        pass(Duration.ofSeconds(30));
        assertThat(table.met()).isEmpty();
        assertThat(table.everMet()).containsExactlyInAnyOrder(at(2), at(3));
        assertThat(table.find(id(3))).contains(node(3));
    }

    @Test
    void an_address_is_had_by_one() {
        table.heard(node(2));
        var heir = with(node(2), "node-2", id(22), at(2), 1, 3, 16_384);
        table.heard(heir);
        assertThat(table.met()).containsExactly(heir);
        table.forget(at(2));
        assertThat(table.everMet()).isEmpty();
    }

    @Test
    void listeners_hear_of_news_only() {
        var heard = new AtomicInteger();
        table.onChange(heard::incrementAndGet);
        table.heard(node(2));
        table.heard(node(2));
        assertThat(heard).hasValue(1);
        table.heard(in(node(2), 1, 2));
        assertThat(heard).hasValue(2);
        table.describe(own -> own);
        assertThat(heard).hasValue(2);
        table.describe(own -> in(own, 1, 1));
        assertThat(heard).hasValue(3);
        assertThat(table.own().members()).isOne();
    }

    @Test
    void the_first_refusal_counts() {
        table.refuse("one");
        table.refuse("two");
        assertThat(table.refused().toCompletableFuture().join()).hasMessage("one");
    }

    @Test
    void a_node_is_entered_as_it_describes_itself() {
        var entry = node(2).entry().orElseThrow();
        assertThat(entry.id()).isEqualTo("node-2");
        assertThat(entry.rack()).contains("rack-1");
        assertThat(entry.addresses().asMap())
                .containsEntry("gossip", "10.0.0.2:7946")
                .containsEntry("grpc", "10.0.0.2:50051")
                .containsEntry("http", "10.0.0.2:7432");
    }

    @Test
    void the_book_of_peers_believes_the_node_before_the_catalog() {
        var book = new PeerBook(id(1));
        var news = new ArrayList<Peer>();
        book.onChange(news::add);
        book.met(List.of(node(1), node(2)));
        assertThat(book.find(id(1))).as("this node").isEmpty();
        assertThat(book.find(id(2))).contains(new Peer("node-2", id(2), "10.0.0.2", 50_051));
        book.known(List.of(entry(2, 9), entry(3, 3)));
        assertThat(book.find(id(2)).orElseThrow().host()).isEqualTo("10.0.0.2");
        assertThat(book.find(id(3)).orElseThrow().host()).isEqualTo("10.0.0.3");
        assertThat(book.all()).hasSize(2);
        assertThat(news).extracting(Peer::nodeId).containsExactly("node-2", "node-3");
        book.met(List.of());
        assertThat(book.find(id(2)).orElseThrow().host())
                .as("silent for a while")
                .isEqualTo("10.0.0.2");
        book.known(List.of());
        book.met(List.of());
        assertThat(book.all()).isEmpty();
    }

    private static NodeEntry entry(int n, int host) {
        return with(node(n), "node-" + n, id(n), at(n), 1, 3, 16_384)
                .withDoors(new HostPort("10.0.0." + host, 50_051), at(host))
                .entry()
                .orElseThrow();
    }

    @Test
    void whoever_stood_still_knows_that_it_has_not_heard_of_those_that_are_there() {
        var found = new Introduction.Found();
        assertThat(found.hasLooked()).isFalse();
        assertThat(found.silent(at(1), List.of())).isEmpty();
        found.are(IntStream.rangeClosed(1, 3)
                .mapToObj(n -> new Introduction.Contact(new HostPort("node-" + n, 7946), List.of(at(n))))
                .toList());
        assertThat(found.hasLooked()).isTrue();
        assertThat(found.silent(at(1), List.of(at(2), at(3)))).isEmpty();
        assertThat(found.silent(at(1), List.of(at(3)))).containsExactly(new HostPort("node-2", 7946));
        assertThat(found.silent(at(1), List.of())).hasSize(2);
    }
}
