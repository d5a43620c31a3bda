package io.engram.replication.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.LogPoint;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.LogPiece;
import io.engram.replication.Message;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BatchTest {
    private static final Limits LIMITS = new Limits(1 << 20, 1_000, 100, 1_024);
    private static final ShardId SHARD = new ShardId("17");

    private static byte[] batch(Compression compression, Message... messages) {
        var writer = new BatchWriter(compression, LIMITS.batchBytes(), LIMITS);
        for (var message : messages) {
            assertThat(writer.add(message)).isTrue();
        }
        return writer.take();
    }

    private static List<String> told(List<Message> messages) {
        return messages.stream().map(RandomMessages::told).toList();
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void messagesOfEveryKindAreReadAsTheyWereWritten(Compression compression) throws BadMessageException {
        for (var seed = 0; seed < 150; seed++) {
            var generated = new RandomMessages(seed);
            var messages = new ArrayList<Message>();
            for (var kind = 0; kind < RandomMessages.KINDS; kind++) {
                messages.add(generated.of(kind));
            }
            var read = Batch.read(batch(compression, messages.toArray(new Message[0])), LIMITS);
            assertThat(told(read.messages())).as("seed %d", seed).isEqualTo(told(messages));
            assertThat(read.unknown()).isZero();
        }
    }

    @Test
    void everyKindOfMessageIsGenerated() {
        var generated = new RandomMessages(1);
        var kinds = new ArrayList<Class<?>>();
        for (var kind = 0; kind < RandomMessages.KINDS; kind++) {
            kinds.add(generated.of(kind).getClass());
        }
        var there = new ArrayList<Class<?>>();
        there.addAll(Arrays.asList(Message.ToReplica.class.getPermittedSubclasses()));
        there.addAll(Arrays.asList(Message.ToPrimary.class.getPermittedSubclasses()));
        assertThat(kinds).containsExactlyInAnyOrderElementsOf(there);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsChangedOrCutIsRefused(Compression compression) {
        var random = new SplittableRandom(7);
        for (var seed = 0; seed < 20; seed++) {
            var generated = new RandomMessages(seed);
            var bytes = batch(compression, generated.next(), generated.next(), generated.next());
            for (var at = 0; at < bytes.length; at++) {
                var flipped = bytes.clone();
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                assertThatThrownBy(() -> Batch.read(flipped, LIMITS)).isInstanceOf(BadMessageException.class);
                var cut = Arrays.copyOf(bytes, at);
                assertThatThrownBy(() -> Batch.read(cut, LIMITS)).isInstanceOf(BadMessageException.class);
            }
        }
    }

    /** Somebody who knows the format, or a bug, can make the sum right. */
    @ParameterizedTest
    @EnumSource(Compression.class)
    void whatIsNonsenseUnderARightSumDoesNoHarm(Compression compression) {
        var random = new SplittableRandom(11);
        var refused = 0;
        for (var round = 0; round < 4_000; round++) {
            var generated = new RandomMessages(round);
            var bytes = batch(compression, generated.next(), generated.next());
            for (var changes = 1 + random.nextInt(3); changes > 0; changes--) {
                var at = 1 + random.nextInt(bytes.length - 1);
                bytes[at] =
                        random.nextBoolean() ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << random.nextInt(8));
            }
            resum(bytes);
            try {
                Batch.read(bytes, LIMITS);
            } catch (BadMessageException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1_000);
    }

    private static void resum(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes, 0, 6);
        sum.update(bytes, 10, bytes.length - 10);
        ByteBuffer.wrap(bytes).putInt(6, (int) sum.getValue());
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void nothingIsAllocatedBeyondTheLimits(Compression compression) {
        var bytes = batch(compression, new Message.Release(SHARD, 1));
        for (var claimed : new int[] {LIMITS.batchBytes(), Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            var lying = bytes.clone();
            lying[1] = (byte) compression.number();
            ByteBuffer.wrap(lying).putInt(2, claimed);
            resum(lying);
            assertThatThrownBy(() -> Batch.read(lying, LIMITS)).isInstanceOf(BadMessageException.class);
        }
        assertThatThrownBy(() -> Batch.read(new byte[LIMITS.batchBytes() + 1], LIMITS))
                .isInstanceOf(BadMessageException.class);
    }

    @Test
    void aListThatClaimsMoreThanThereIsIsRefused() {
        var bytes = batch(Compression.NONE, new Message.Fetch(SHARD, 1, true, List.of(), 5));
        // Header, length, kind, name, epoch, repair: then the count.
        var countAt = 10 + 4 + 1 + 4 + 8 + 1;
        for (var claimed : new int[] {1, 101, Integer.MAX_VALUE, -1}) {
            var lying = bytes.clone();
            ByteBuffer.wrap(lying).putInt(countAt, claimed);
            resum(lying);
            assertThatThrownBy(() -> Batch.read(lying, LIMITS))
                    .isInstanceOf(BadMessageException.class)
                    .hasMessageContaining("a list of " + claimed);
        }
    }

    @Test
    void aBatchOfALaterVersionIsRefused() {
        var bytes = batch(Compression.NONE, new Message.Release(SHARD, 1));
        bytes[0]++;
        resum(bytes);
        assertThatThrownBy(() -> Batch.read(bytes, LIMITS)).hasMessageContaining("version 2");
    }

    @Test
    void aKindThatIsNotKnownIsAsGoodAsLost() throws BadMessageException {
        var bytes = batch(Compression.NONE, new Message.Release(SHARD, 1), new Message.Fenced(SHARD, 2, 3));
        bytes[10 + 4] = 99;
        resum(bytes);
        var read = Batch.read(bytes, LIMITS);
        assertThat(read.messages()).containsExactly(new Message.Fenced(SHARD, 2, 3));
        assertThat(read.unknown()).isEqualTo(1);
    }

    @Test
    void moreMessagesThanAreTakenAreRefused() {
        var few = new Limits(1 << 20, 3, 100, 1_024);
        var bytes = batch(
                Compression.NONE,
                new Message.Release(SHARD, 1),
                new Message.Release(SHARD, 2),
                new Message.Release(SHARD, 3),
                new Message.Release(SHARD, 4));
        assertThatThrownBy(() -> Batch.read(bytes, few)).hasMessageContaining("more than 3 messages");
        var writer = new BatchWriter(Compression.NONE, 1 << 20, few);
        for (var i = 1; i <= 3; i++) {
            assertThat(writer.add(new Message.Release(SHARD, i))).isTrue();
        }
        assertThat(writer.add(new Message.Release(SHARD, 4))).isFalse();
    }

    @Test
    void aBatchIsTakenBeforeItGetsTooLarge() throws BadMessageException {
        var writer = new BatchWriter(Compression.NONE, 1_000, LIMITS);
        var sizes = new ArrayList<Integer>();
        var read = new ArrayList<Message>();
        for (var i = 1; i <= 100; i++) {
            var message = new Message.Fenced(SHARD, i, i);
            if (!writer.add(message)) {
                var bytes = writer.take();
                sizes.add(bytes.length);
                read.addAll(Batch.read(bytes, LIMITS).messages());
                assertThat(writer.isEmpty()).isTrue();
                assertThat(writer.add(message)).isTrue();
            }
        }
        read.addAll(Batch.read(writer.take(), LIMITS).messages());
        assertThat(sizes).isNotEmpty().allSatisfy(size -> assertThat(size).isBetween(970, 1_000));
        assertThat(read).extracting(Message::epoch).hasSize(100).isSorted();
    }

    private static Message.Append append(byte[] content) {
        var entry = LogEntry.after(LogPoint.START, 1, 2, content);
        var piece = new LogPiece(LogName.DIRECTORY, LogPoint.START, List.of(entry));
        return new Message.Append(SHARD, 1, 1, 0, 0, List.of(piece), List.of());
    }

    @Test
    void aLargeMessageGoesAloneAndOneThatNobodyTakesNotAtAll() throws BadMessageException {
        var writer = new BatchWriter(Compression.NONE, 1_000, LIMITS);
        assertThat(writer.add(new Message.Release(SHARD, 1))).isTrue();
        var large = append(new byte[5_000]);
        assertThat(writer.add(large)).isFalse();
        assertThat(Batch.read(writer.take(), LIMITS).messages()).hasSize(1);
        assertThat(writer.add(large)).isTrue();
        assertThat(Batch.read(writer.take(), LIMITS).messages()).hasSize(1);
        var tooLarge = append(new byte[LIMITS.batchBytes()]);
        assertThatThrownBy(() -> writer.add(tooLarge)).isInstanceOf(IllegalArgumentException.class);
        var tooLong = new Message.Seal(SHARD, 1, new ReplicaId("x".repeat(1_025)));
        assertThatThrownBy(() -> writer.add(tooLong)).hasMessageContaining("1025 bytes");
        assertThat(writer.isEmpty()).isTrue();
        assertThat(writer.add(new Message.Release(SHARD, 9))).isTrue();
        assertThat(Batch.read(writer.take(), LIMITS).messages()).containsExactly(new Message.Release(SHARD, 9));
    }

    @ParameterizedTest
    @EnumSource(value = Compression.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whatRepeatsItselfBecomesSmaller(Compression compression) {
        var message = append("one and the same ".repeat(1_000).getBytes(StandardCharsets.UTF_8));
        assertThat(batch(compression, message)).hasSizeLessThan(1_000);
        var noise = new byte[10_000];
        new SplittableRandom(3).nextBytes(noise);
        assertThat(batch(compression, append(noise)).length)
                .isLessThanOrEqualTo(batch(Compression.NONE, append(noise)).length);
    }

    /** The bytes are what nodes of several versions speak. When this fails, a kind has to be given a new number. */
    @Test
    void theBytesStayWhatTheyAre() throws IOException, BadMessageException {
        var kinds = new TreeSet<String>();
        for (var line : golden()) {
            var columns = line.split("\t");
            var read = Batch.read(HexFormat.of().parseHex(columns[1]), LIMITS);
            assertThat(read.messages()).singleElement().satisfies(message -> {
                assertThat(RandomMessages.told(message)).isEqualTo(columns[0]);
                assertThat(HexFormat.of().formatHex(batch(Compression.NONE, message)))
                        .isEqualTo(columns[1]);
                kinds.add(message.getClass().getSimpleName());
            });
        }
        assertThat(kinds).hasSize(RandomMessages.KINDS);
    }

    private static List<String> golden() throws IOException {
        try (var file = BatchTest.class.getResourceAsStream("/replication/messages-1.txt")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
