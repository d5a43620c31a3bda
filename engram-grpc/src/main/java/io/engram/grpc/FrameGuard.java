package io.engram.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * Lets through only whole gRPC frames whose message is within a size. A frame is refused as soon as its header announces
 * too much, so that nobody makes the server collect it, and a compressed one is unpacked here, where the unpacking
 * stops at the limit, and passed on plain. One instance reads one request.
 */
final class FrameGuard {
    private static final int HEADER_BYTES = 5;

    private final int maxBytes;
    private final boolean gzip;
    private ByteString rest = ByteString.emptyByteString();
    /** Length of the message being collected, or -1 between frames. */
    private int announced = -1;

    private FrameGuard(int maxBytes, boolean gzip) {
        this.maxBytes = maxBytes;
        this.gzip = gzip;
    }

    /** The guard as a stream, for a request whose messages are compressed with gzip or never. */
    static Flow<ByteString, ByteString, NotUsed> flow(int maxBytes, boolean gzip) {
        return Flow.fromGraph(new Stage(maxBytes, gzip));
    }

    private static final class Stage extends GraphStage<FlowShape<ByteString, ByteString>> {
        private final Inlet<ByteString> in = Inlet.create("FrameGuard.in");
        private final Outlet<ByteString> out = Outlet.create("FrameGuard.out");
        private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
        private final int maxBytes;
        private final boolean gzip;

        Stage(int maxBytes, boolean gzip) {
            this.maxBytes = maxBytes;
            this.gzip = gzip;
        }

        @Override
        public FlowShape<ByteString, ByteString> shape() {
            return shape;
        }

        @Override
        public GraphStageLogic createLogic(Attributes attributes) {
            return new Logic(new FrameGuard(maxBytes, gzip));
        }

        private final class Logic extends GraphStageLogic {
            Logic(FrameGuard guard) {
                super(shape);
                setHandler(in, new AbstractInHandler() {
                    @Override
                    public void onPush() {
                        List<ByteString> frames;
                        try {
                            frames = guard.take(grab(in));
                        } catch (StatusRuntimeException refusal) {
                            // Failed by hand: what a handler throws is taken for a bug and logged.
                            failStage(refusal);
                            return;
                        }
                        if (frames.isEmpty()) {
                            pull(in);
                        } else {
                            emitMultiple(out, frames.iterator());
                        }
                    }

                    @Override
                    public void onUpstreamFinish() {
                        if (guard.rest.isEmpty()) {
                            completeStage();
                        } else {
                            failStage(Statuses.failure(
                                    Status.INVALID_ARGUMENT, "the request ends in the middle of a message"));
                        }
                    }
                });
                setHandler(out, new AbstractOutHandler() {
                    @Override
                    public void onPull() {
                        pull(in);
                    }
                });
            }
        }
    }

    /** The frames that {@code bytes} complete, each one plain. */
    private List<ByteString> take(ByteString bytes) {
        var frames = new ArrayList<ByteString>();
        rest = rest.concat(bytes);
        while (true) {
            if (announced < 0) {
                if (rest.length() < HEADER_BYTES) {
                    return frames;
                }
                announced = lengthOf(rest);
            }
            var end = HEADER_BYTES + announced;
            if (rest.length() < end) {
                return frames;
            }
            var frame = rest.take(end);
            rest = rest.drop(end);
            announced = -1;
            frames.add(frame.apply(0) == 0 ? frame : unpacked(frame.drop(HEADER_BYTES)));
        }
    }

    private int lengthOf(ByteString frame) {
        var flag = frame.apply(0) & 0xff;
        if (flag > 1) {
            throw Statuses.failure(Status.INVALID_ARGUMENT, "a message begins with " + flag + " instead of 0 or 1");
        }
        if (flag == 1 && !gzip) {
            throw Statuses.failure(
                    Status.INVALID_ARGUMENT, "a message is marked as compressed, but grpc-encoding names no gzip");
        }
        var length = ((long) (frame.apply(1) & 0xff) << 24)
                | (frame.apply(2) & 0xff) << 16
                | (frame.apply(3) & 0xff) << 8
                | (frame.apply(4) & 0xff);
        if (length > maxBytes) {
            throw tooLarge(Long.toString(length));
        }
        return (int) length;
    }

    private ByteString unpacked(ByteString compressed) {
        var out = new ByteArrayOutputStream();
        var buffer = new byte[8192];
        try (var in = new GZIPInputStream(new ByteArrayInputStream(compressed.toArray()))) {
            for (var n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                if (out.size() > maxBytes) {
                    throw tooLarge("more, once unpacked,");
                }
            }
        } catch (IOException e) {
            throw Statuses.failure(Status.INVALID_ARGUMENT, "a message is not valid gzip: " + e.getMessage());
        }
        return framed(out.toByteArray());
    }

    /** A message in a plain frame. */
    static ByteString framed(byte[] message) {
        var n = message.length;
        var header = new byte[] {0, (byte) (n >>> 24), (byte) (n >>> 16), (byte) (n >>> 8), (byte) n};
        return ByteString.fromArrayUnsafe(header).concat(ByteString.fromArrayUnsafe(message));
    }

    private RuntimeException tooLarge(String length) {
        return Statuses.failure(
                Status.RESOURCE_EXHAUSTED,
                "a message has " + length + " bytes; at most " + maxBytes + " bytes are accepted");
    }
}
