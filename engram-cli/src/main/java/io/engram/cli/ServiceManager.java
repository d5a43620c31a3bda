package io.engram.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a service manager how far the node is, by the protocol of {@code sd_notify(3)}: one datagram for each message, to
 * the Unix socket that the variable {@code NOTIFY_SOCKET} names. Without that variable nothing is done. Java has no such
 * sockets, so that three functions of the C library are called; only Linux has this protocol, and the numbers below are
 * Linux's.
 *
 * <p>A message that does not arrive never stops a node; it is said in the log, since the manager may believe that the
 * node is still starting.
 */
final class ServiceManager {
    private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);
    private static final short AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** The family, and the longest path with its end. */
    private static final int LONGEST_ADDRESS = Short.BYTES + 108;

    private final String socket;

    ServiceManager(Map<String, String> environment) {
        this.socket = environment.getOrDefault("NOTIFY_SOCKET", "");
    }

    /** What is being done, as {@code systemctl status} shows it. */
    void status(String text) {
        send("STATUS=" + line(text));
    }

    /** Requests are answered: whatever waits for this service may go on. */
    void ready(String text) {
        send("READY=1\nSTATUS=" + line(text));
    }

    /** The end has begun. */
    void stopping(String text) {
        send("STOPPING=1\nSTATUS=" + line(text));
    }

    private static String line(String text) {
        return text.replace('\n', ' ');
    }

    private void send(String message) {
        if (socket.isEmpty()) {
            return;
        }
        try {
            send(address(socket), message.getBytes(StandardCharsets.UTF_8));
        } catch (Throwable e) {
            log.warn("the service manager could not be told \"{}\": {}", message.replace('\n', ' '), e.toString());
        }
    }

    /** The address as it lies in memory. A name that begins with {@code @} is an abstract one, which begins with a zero. */
    static byte[] address(String socket) {
        var path = socket.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = socket.startsWith("@");
        if (!isAbstract && !socket.startsWith("/")) {
            throw new IllegalArgumentException("NOTIFY_SOCKET is neither a path nor an abstract name: " + socket);
        }
        int length = Short.BYTES + path.length + (isAbstract ? 0 : 1);
        if (length > LONGEST_ADDRESS) {
            throw new IllegalArgumentException("NOTIFY_SOCKET is too long: " + socket);
        }
        var address = new byte[length];
        // In the byte order of the machine; of a number below 256 one byte is not zero.
        address[java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN ? 0 : 1] = AF_UNIX;
        System.arraycopy(path, 0, address, Short.BYTES, path.length);
        if (isAbstract) {
            address[Short.BYTES] = 0;
        }
        return address;
    }

    private static void send(byte[] address, byte[] message) throws Throwable {
        try (var arena = Arena.ofConfined()) {
            int descriptor = (int) Functions.SOCKET.invokeExact((int) AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            if (descriptor < 0) {
                throw new IllegalStateException("no Unix socket could be made");
            }
            try {
                var text = arena.allocateFrom(ValueLayout.JAVA_BYTE, message);
                var to = arena.allocateFrom(ValueLayout.JAVA_SHORT, new short[LONGEST_ADDRESS / Short.BYTES]);
                MemorySegment.copy(MemorySegment.ofArray(address), 0, to, 0, address.length);
                long sent = (long) Functions.SEND_TO.invokeExact(
                        descriptor, text, (long) message.length, MSG_NOSIGNAL, to, address.length);
                if (sent != message.length) {
                    throw new IllegalStateException("the socket took " + sent + " of " + message.length + " bytes");
                }
            } finally {
                int _ = (int) Functions.CLOSE.invokeExact(descriptor);
            }
        }
    }

    /** Of the C library; looked up only where there is a service manager. */
    private static final class Functions {
        static final MethodHandle SOCKET = function(
                "socket",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        static final MethodHandle SEND_TO = function(
                "sendto",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_INT));
        static final MethodHandle CLOSE =
                function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        private Functions() {}

        @SuppressWarnings("restricted") // allowed in conf/jvm.options, as for the native libraries
        private static MethodHandle function(String name, FunctionDescriptor descriptor) {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }
    }
}
