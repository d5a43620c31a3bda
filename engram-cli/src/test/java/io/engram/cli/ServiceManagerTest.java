package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ServiceManagerTest {
    @TempDir
    Path folder;

    /** The other end: a socket of the kind that a service manager listens on. */
    private static final class Listener implements AutoCloseable {
        private static final MethodHandle SOCKET = function("socket", 3);
        private static final MethodHandle CLOSE = function("close", 1);
        private static final MethodHandle BIND = handle(
                "bind",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        private static final MethodHandle RECEIVE = handle(
                "recv",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.ADDRESS,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT));
        private static final int DONT_WAIT = 0x40;
        private final int descriptor;

        Listener(String name) throws Throwable {
            descriptor = (int) SOCKET.invokeExact(1, 2, 0);
            try (var arena = Arena.ofConfined()) {
                var address = ServiceManager.address(name);
                var segment = arena.allocate(address.length, 2);
                MemorySegment.copy(MemorySegment.ofArray(address), 0, segment, 0, address.length);
                assertThat((int) BIND.invokeExact(descriptor, segment, address.length))
                        .isZero();
            }
        }

        /** The next datagram. It is there as soon as it was sent, so that nothing waits. */
        String next() throws Throwable {
            try (var arena = Arena.ofConfined()) {
                var buffer = arena.allocate(500);
                long length = (long) RECEIVE.invokeExact(descriptor, buffer, 500L, DONT_WAIT);
                return length < 0
                        ? "nothing"
                        : new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            }
        }

        @Override
        public void close() {
            try {
                int _ = (int) CLOSE.invokeExact(descriptor);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        }

        private static MethodHandle function(String name, int arguments) {
            var all = new ValueLayout.OfInt[arguments];
            java.util.Arrays.fill(all, ValueLayout.JAVA_INT);
            return handle(name, FunctionDescriptor.of(ValueLayout.JAVA_INT, all));
        }

        @SuppressWarnings("restricted")
        private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
            var linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }
    }

    @Test
    void each_message_is_one_datagram_to_the_socket_that_the_variable_names() throws Throwable {
        var name = folder.resolve("notify").toString();
        try (var listener = new Listener(name)) {
            var manager = new ServiceManager(Map.of("NOTIFY_SOCKET", name));
            manager.status("reading\nthe log");
            manager.ready("serving, größer");
            manager.stopping("finishing");
            assertThat(listener.next()).isEqualTo("STATUS=reading the log");
            assertThat(listener.next()).isEqualTo("READY=1\nSTATUS=serving, größer");
            assertThat(listener.next()).isEqualTo("STOPPING=1\nSTATUS=finishing");
            assertThat(listener.next()).isEqualTo("nothing");
        }
    }

    @Test
    void a_name_without_a_file_is_understood() throws Throwable {
        var name = "@engram-test-" + ProcessHandle.current().pid();
        try (var listener = new Listener(name)) {
            new ServiceManager(Map.of("NOTIFY_SOCKET", name)).ready("serving");
            assertThat(listener.next()).isEqualTo("READY=1\nSTATUS=serving");
        }
    }

    @Test
    void nobody_there_and_names_that_are_none_stop_nothing() {
        assertThatCode(() -> {
                    new ServiceManager(Map.of()).ready("serving");
                    new ServiceManager(Map.of("NOTIFY_SOCKET", "")).ready("serving");
                    new ServiceManager(Map.of(
                                    "NOTIFY_SOCKET", folder.resolve("none").toString()))
                            .ready("serving");
                    new ServiceManager(Map.of("NOTIFY_SOCKET", "vsock:2:1")).ready("serving");
                    new ServiceManager(Map.of("NOTIFY_SOCKET", "/" + "x".repeat(200))).ready("serving");
                })
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ServiceManager.address("vsock:2:1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ServiceManager.address("/" + "x".repeat(107)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ServiceManager.address("/" + "x".repeat(106))).hasSize(110);
    }
}
