package io.engram.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * What is said of an error that nothing in the program expected: a banner on standard error, in which {@code PANIC at
 * file:line: message} can be found by its first word, and one ERROR record in the log with the same in its fields.
 */
final class CrashReport {
    private static final String RULE = "═".repeat(59);

    private CrashReport() {}

    /** Reports whatever ends a thread from now on. What breaks the virtual machine itself also ends the process. */
    static void install(PrintStream stderr) {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            report(error, stderr);
            if (error instanceof VirtualMachineError) {
                Runtime.getRuntime().halt(ExitCodes.FAILURE);
            }
        });
    }

    static void report(Throwable error, PrintStream stderr) {
        report(
                error,
                stderr,
                "an unexpected error ended thread " + Thread.currentThread().getName() + "; please report it");
    }

    /**
     * Reports what ends the process.
     *
     * @param consequence what happens now and what to do about it
     */
    static void report(Throwable error, PrintStream stderr, String consequence) {
        var message = error.getMessage() == null ? error.getClass().getName() : error.toString();
        var trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace, true));
        var backtrace = trace.toString().stripTrailing();
        var location = location(error);
        stderr.println(RULE + "\nPANIC at " + location + ": "
                + message.lines().findFirst().orElse("") + "\n" + RULE + "\nBacktrace:\n" + backtrace + "\n" + RULE);
        stderr.flush();
        LoggerFactory.getLogger(CrashReport.class)
                .atError()
                .addKeyValue("fields", Map.of("message", message, "location", location, "backtrace", backtrace))
                .log("PANIC: {}", consequence);
    }

    /** Where it was thrown, as file and line. */
    static String location(Throwable error) {
        for (var frame : error.getStackTrace()) {
            if (frame.getFileName() != null && frame.getLineNumber() > 0) {
                return frame.getFileName() + ":" + frame.getLineNumber();
            }
        }
        return "unknown:0";
    }
}
