package io.engram.journal.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.opentest4j.TestAbortedException;
import org.scalatest.Args;
import org.scalatest.Reporter;
import org.scalatest.Suite;
import org.scalatest.events.Event;
import org.scalatest.events.SuiteAborted;
import org.scalatest.events.TestCanceled;
import org.scalatest.events.TestFailed;
import org.scalatest.events.TestIgnored;
import org.scalatest.events.TestPending;
import org.scalatest.events.TestSucceeded;
import scala.Option;

/**
 * Runs a ScalaTest suite once, as a whole, and shows each of its tests as one of JUnit's. The suite's actor system ends with
 * its run, so the tests cannot be run one by one.
 */
final class ScalaTests {
    private ScalaTests() {}

    /** @param expected how many tests must have succeeded, so that a suite that stops early is seen */
    static Stream<DynamicTest> of(Suite suite, int expected) {
        var events = new ConcurrentLinkedQueue<Event>();
        Reporter reporter = events::add;
        var status = suite.run(
                Option.empty(),
                new Args(
                        reporter,
                        Args.apply$default$2(),
                        Args.apply$default$3(),
                        Args.apply$default$4(),
                        Args.apply$default$5(),
                        Args.apply$default$6(),
                        Args.apply$default$7(),
                        Args.apply$default$8(),
                        Args.apply$default$9(),
                        Args.apply$default$10()));
        status.waitUntilCompleted();
        var tests = new ArrayList<DynamicTest>();
        var succeeded = new ArrayList<String>();
        for (var event : List.copyOf(events)) {
            switch (event) {
                case TestSucceeded test -> {
                    succeeded.add(test.testName());
                    tests.add(DynamicTest.dynamicTest(test.testName(), () -> {}));
                }
                case TestFailed test -> tests.add(failing(test.testName(), test.message(), test.throwable()));
                case SuiteAborted aborted ->
                    tests.add(failing(aborted.suiteName(), aborted.message(), aborted.throwable()));
                case TestCanceled test -> tests.add(skipped(test.testName(), test.message()));
                case TestIgnored test -> tests.add(skipped(test.testName(), "ignored"));
                case TestPending test -> tests.add(skipped(test.testName(), "pending"));
                default -> {
                    // Beginnings, scopes and notes.
                }
            }
        }
        tests.add(DynamicTest.dynamicTest(
                "all " + expected + " tests have run",
                () -> assertThat(succeeded).hasSize(expected)));
        return tests.stream();
    }

    private static DynamicTest failing(String name, String message, Option<Throwable> cause) {
        return DynamicTest.dynamicTest(name, () -> {
            throw cause.isDefined() ? new AssertionError(message, cause.get()) : new AssertionError(message);
        });
    }

    private static DynamicTest skipped(String name, String message) {
        return DynamicTest.dynamicTest(name, () -> {
            throw new TestAbortedException(message);
        });
    }
}
