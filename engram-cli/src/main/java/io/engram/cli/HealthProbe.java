package io.engram.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Asks the node on this machine whether it is ready, for supervisors that have neither a shell nor curl. It is run every few
 * seconds and therefore alone: it needs no other class of ours and no library, and speaks the little HTTP that it needs
 * by itself, since the JDK's client would take longer to load than to answer.
 *
 * <p>The port is the one that the running node wrote into its file for commands, else that of {@code ENGRAM_HTTP_PORT},
 * else 7432. The argument is the path to ask, {@code /health} if there is none. Ends with 0 if the answer is a success,
 * else with 1 and a line that says why.
 *
 * <p>With {@code --wait SECONDS} nothing is asked, and time passes: for a supervisor that has to give others time before it
 * stops the node, in an image that has nothing else to do that with.
 */
public final class HealthProbe {
    private static final int TIMEOUT_MS = 3000;
    private static final int LONGEST_STATUS_LINE = 200;
    private static final int LONGEST_WAIT_SECONDS = 600;

    private HealthProbe() {}

    /** Asks once and ends the process. */
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length == 2 && arguments[0].equals("--wait")) {
            Thread.sleep(Duration.ofSeconds(seconds(arguments[1])));
            return;
        }
        var environment = System.getenv();
        int port = port(environment);
        var path = arguments.length == 0 ? "/health" : arguments[0];
        try {
            var line = statusLine(host(environment), port, path);
            System.out.println(line);
            System.exit(isSuccess(line) ? 0 : 1);
        } catch (IOException | IllegalArgumentException e) {
            System.out.println("nothing answers at port " + port + ": " + e.getMessage());
            System.exit(1);
        }
    }

    /** Not longer than supervisors wait, and not at all if it is no number: they go on then, as they would have to anyway. */
    static int seconds(String text) {
        try {
            return Math.clamp(Integer.parseInt(text), 0, LONGEST_WAIT_SECONDS);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** Where to ask: a wildcard listens on loopback, too. */
    static String host(Map<String, String> environment) {
        var bind = environment.getOrDefault("ENGRAM_HTTP_BIND", "");
        return bind.isBlank() || bind.equals("0.0.0.0") || bind.equals("::") ? "127.0.0.1" : bind;
    }

    static int port(Map<String, String> environment) {
        var configured = environment.getOrDefault("ENGRAM_PID_PATH", "");
        var file = configured.isBlank()
                ? Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "engram.pid")
                : Path.of(configured);
        try {
            var text = Files.readString(file).strip();
            return Integer.parseInt(text.substring(text.indexOf(':') + 1));
        } catch (IOException | NumberFormatException e) {
            // The node has not written it yet, or could not.
        }
        try {
            return Integer.parseInt(environment.getOrDefault("ENGRAM_HTTP_PORT", ""));
        } catch (NumberFormatException e) {
            return 7432;
        }
    }

    /** The first line of the answer. */
    static String statusLine(String host, int port, String path) throws IOException {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
            socket.setSoTimeout(TIMEOUT_MS);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            var in = socket.getInputStream();
            var line = new StringBuilder();
            for (int next = in.read(); next >= 0 && next != '\r' && next != '\n'; next = in.read()) {
                if (line.length() == LONGEST_STATUS_LINE) {
                    break;
                }
                line.append((char) next);
            }
            return line.toString();
        }
    }

    static boolean isSuccess(String statusLine) {
        return statusLine.startsWith("HTTP/1.") && statusLine.startsWith(" 2", "HTTP/1.1".length());
    }
}
