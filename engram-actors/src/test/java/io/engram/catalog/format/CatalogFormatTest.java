package io.engram.catalog.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.catalog.AcceptorRecord;
import io.engram.catalog.Carried;
import io.engram.catalog.CatalogLimits;
import io.engram.catalog.DocumentDelta;
import io.engram.catalog.Samples;
import io.engram.simulation.SeededRandom;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class CatalogFormatTest {
    private static final int SEEDS = 400;

    private final DocumentCodec documents = new DocumentCodec(CatalogLimits.DEFAULT);
    private final MessageCodec messages = new MessageCodec(CatalogLimits.DEFAULT);

    @Test
    void documents_are_read_back() throws Exception {
        for (var seed = 1; seed <= SEEDS; seed++) {
            var document = new Samples(seed).document();
            var bytes = documents.encode(document);
            assertThat(documents.document(bytes)).as("seed %d", seed).isEqualTo(document);
            assertThat(documents.encode(documents.document(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void a_change_between_any_two_documents_leads_from_one_to_the_other() throws Exception {
        for (var seed = 1; seed <= SEEDS; seed++) {
            var samples = new Samples(seed);
            var base = samples.document();
            var result = seed % 2 == 0 ? samples.relative(base) : samples.document();
            var delta = DocumentDelta.between(base, result);
            assertThat(documents.delta(documents.encode(delta))).isEqualTo(delta);
            assertThat(new Carried.Change(delta).resolve(base))
                    .as("seed %d", seed)
                    .contains(result);
            assertThat(new Carried.Change(delta).resolve(result)).isEmpty();
        }
    }

    @Test
    void messages_of_every_kind_are_read_back() throws Exception {
        for (var seed = 1; seed <= SEEDS; seed++) {
            var envelope = new Samples(seed).envelope(seed);
            var bytes = messages.encode(envelope);
            assertThat(messages.decode(bytes)).as("seed %d", seed).isEqualTo(envelope);
            assertThat(messages.encode(messages.decode(bytes))).isEqualTo(bytes);
        }
    }

    @Test
    void a_changed_bit_or_a_missing_end_is_noticed() {
        for (var seed = 1; seed <= SEEDS; seed++) {
            var random = new SeededRandom(seed);
            var bytes = messages.encode(new Samples(seed).envelope(seed));
            var flipped = bytes.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            var cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThatThrownBy(() -> messages.decode(flipped)).isInstanceOf(BadCatalogBytesException.class);
            assertThatThrownBy(() -> messages.decode(cut)).isInstanceOf(BadCatalogBytesException.class);
        }
    }

    /** With a right checksum over wrong bytes: whoever sends that is not to be trusted, and must not do any harm. */
    @Test
    void nonsense_is_refused_or_read_and_does_nothing_else() {
        var refused = 0;
        for (var seed = 1; seed <= 20 * SEEDS; seed++) {
            var random = new SeededRandom(seed);
            var bytes = messages.encode(new Samples(seed % SEEDS).envelope(seed));
            for (var changes = random.between(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(2, bytes.length - 4)] = (byte) random.nextInt();
            }
            try {
                var read = messages.decode(resealed(bytes));
                assertThat(messages.encode(read)).isEqualTo(bytes);
            } catch (BadCatalogBytesException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(SEEDS);
    }

    private static byte[] resealed(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes).putInt(bytes.length - 4, (int) sum.getValue());
        return bytes;
    }

    @Test
    void another_version_and_another_kind_are_named() {
        var bytes = documents.encode(new Samples(1).document());
        bytes[0] = 9;
        assertThatThrownBy(() -> documents.document(resealed(bytes)))
                .isInstanceOf(BadCatalogBytesException.class)
                .hasMessage("the version is 9, this program knows 1");
        bytes[0] = 1;
        assertThatThrownBy(() -> documents.delta(resealed(bytes))).hasMessageContaining("the kind is 1");
    }

    @Test
    void more_than_the_limits_allow_is_refused_before_it_is_made() {
        var out = Output.begin(1, 1);
        out.putNumber(1L << 40);
        var sealed = out.seal();
        assertThatThrownBy(() -> Input.read(sealed, 1, 1, in -> in.getAll(1_000, Input::getByte)))
                .hasMessageContaining("at most 1000");
        assertThatThrownBy(() -> Input.read(sealed, 1, 1, in -> in.getAll(Integer.MAX_VALUE, Input::getByte)))
                .isInstanceOf(BadCatalogBytesException.class);
    }

    @Test
    void numbers_have_one_form_and_an_end() throws Exception {
        for (var number : List.of(0L, 1L, 127L, 128L, 300L, 1L << 40, Long.MAX_VALUE)) {
            var out = Output.begin(1, 1);
            out.putNumber(number);
            assertThat(Input.read(out.seal(), 1, 1, Input::getNumber)).isEqualTo(number);
        }
        var longer = Output.begin(1, 1);
        longer.putByte(0x80);
        longer.putByte(0);
        assertThatThrownBy(() -> Input.read(longer.seal(), 1, 1, Input::getNumber))
                .hasMessageContaining("longer");
        var endless = Output.begin(1, 1);
        for (var i = 0; i < 12; i++) {
            endless.putByte(0x80);
        }
        assertThatThrownBy(() -> Input.read(endless.seal(), 1, 1, Input::getNumber))
                .hasMessageContaining("end");
    }

    @Test
    void a_record_is_found_again_in_the_entries_since_the_last_whole_one() throws Exception {
        for (var seed = 1; seed <= 60; seed++) {
            var samples = new Samples(seed);
            var journal = new RecordJournal(CatalogLimits.DEFAULT);
            var entries = new ArrayList<byte[]>();
            var record = AcceptorRecord.EMPTY;
            for (var i = 0; i < 60; i++) {
                record = samples.after(record);
                var entry = journal.append(record);
                if (entry.startsAnew()) {
                    entries.clear();
                }
                entries.add(entry.bytes());
                assertThat(RecordJournal.read(entries, CatalogLimits.DEFAULT))
                        .as("seed %d, entry %d", seed, i)
                        .isEqualTo(record);
            }
        }
    }

    @Test
    void many_small_changes_are_followed_by_a_whole_record() {
        var samples = new Samples(5);
        var journal = new RecordJournal(CatalogLimits.DEFAULT);
        var record = samples.voter();
        var whole = 0;
        for (var i = 0; i < 2_000; i++) {
            whole += journal.append(record).startsAnew() ? 1 : 0;
            record = samples.accepting(record);
        }
        assertThat(whole).isBetween(2, 200);
    }

    @Test
    void entries_that_do_not_follow_each_other_are_refused() throws Exception {
        var samples = new Samples(3);
        var record = samples.voter();
        var journal = new RecordJournal(CatalogLimits.DEFAULT);
        var first = journal.append(record).bytes();
        var second = samples.accepting(record);
        journal.append(second);
        var third = samples.accepting(second);
        var skipping = journal.append(third).bytes();
        assertThatThrownBy(() -> RecordJournal.read(List.of(first, skipping), CatalogLimits.DEFAULT))
                .hasMessageContaining("does not follow");
        assertThatThrownBy(() -> RecordJournal.read(List.of(skipping), CatalogLimits.DEFAULT))
                .hasMessageContaining("no whole record");
    }
}
