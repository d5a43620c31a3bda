package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameGuardTest {
    private static final int MAX = 100;
    private static final ActorSystem<Void> SYSTEM = ActorSystem.create(
            Behaviors.empty(),
            "guard-test",
            ConfigFactory.parseString("pekko.fail-mixed-versions = off").withFallback(ConfigFactory.load()));

    @AfterAll
    static void terminate() {
        SYSTEM.terminate();
        await(SYSTEM.getWhenTerminated());
    }

    private static List<ByteString> guard(boolean gzip, List<ByteString> pieces) {
        return await(Source.from(pieces).via(FrameGuard.flow(MAX, gzip)).runWith(Sink.seq(), SYSTEM));
    }

    private static ByteString bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteString.fromArrayUnsafe(bytes);
    }

    private static void refused(boolean gzip, ByteString bytes, Code code, String words) {
        assertThatThrownBy(() -> guard(gzip, List.of(bytes)))
                .isInstanceOfSatisfying(StatusRuntimeException.class, failure -> {
                    assertThat(failure.getStatus().getCode()).isEqualTo(code);
                    assertThat(failure.getStatus().getDescription()).contains(words);
                });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void frames_pass_whole_however_they_are_cut(long seed) {
        var random = new Random(seed);
        var frames = new ArrayList<ByteString>();
        var all = ByteString.emptyByteString();
        for (int i = 0; i < 50; i++) {
            var message = new byte[random.nextInt(MAX + 1)];
            random.nextBytes(message);
            frames.add(FrameGuard.framed(message));
            all = all.concat(frames.getLast());
        }
        var pieces = new ArrayList<ByteString>();
        while (!all.isEmpty()) {
            var n = 1 + random.nextInt(40);
            pieces.add(all.take(n));
            all = all.drop(n);
        }
        assertThat(guard(random.nextBoolean(), pieces)).as("seed " + seed).isEqualTo(frames);
    }

    @Test
    void a_frame_is_refused_by_its_announcement_alone() {
        refused(false, bytes(0, 0, 0, 0, MAX + 1), Code.RESOURCE_EXHAUSTED, "a message has 101 bytes");
        refused(false, bytes(0, 0xff, 0xff, 0xff, 0xff), Code.RESOURCE_EXHAUSTED, "4294967295");
    }

    @Test
    void broken_frames_are_refused() {
        refused(false, bytes(0, 0, 0, 0, 3, 1), Code.INVALID_ARGUMENT, "middle of a message");
        refused(false, bytes(0, 0), Code.INVALID_ARGUMENT, "middle of a message");
        refused(false, bytes(0x80, 0, 0, 0, 0), Code.INVALID_ARGUMENT, "begins with 128");
        refused(false, bytes(1, 0, 0, 0, 0), Code.INVALID_ARGUMENT, "names no gzip");
        refused(true, bytes(1, 0, 0, 0, 2, 9, 9), Code.INVALID_ARGUMENT, "not valid gzip");
    }

    private static ByteString packed(byte[] message) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(message);
        }
        var frame = FrameGuard.framed(out.toByteArray());
        return bytes(1).concat(frame.drop(1));
    }

    @Test
    void a_compressed_frame_comes_out_plain() throws IOException {
        var message = new byte[MAX];
        assertThat(guard(true, List.of(packed(message)))).containsExactly(FrameGuard.framed(message));
    }

    @Test
    void unpacking_stops_at_the_limit() throws IOException {
        var bomb = packed(new byte[50_000]);
        assertThat(bomb.length()).isLessThan(MAX + 5);
        refused(true, bomb, Code.RESOURCE_EXHAUSTED, "once unpacked");
    }
}
