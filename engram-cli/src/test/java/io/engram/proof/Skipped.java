package io.engram.proof;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.opentest4j.TestAbortedException;

/** A proof that cannot be given on this machine; never silently. */
public final class Skipped {
    private Skipped() {}

    /** Says what is not proven and why, on the build's own output, and returns what ends the test as skipped. */
    public static TestAbortedException because(String what, String reason) {
        var text = "SKIPPED: %s: %s".formatted(what, reason);
        // The test runner sends the ordinary streams to a file.
        var build = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        build.println(text);
        return new TestAbortedException(text);
    }
}
