package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.engram.health.Crashes;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReportingExecutorTest {
    private record Met(Crashes.Kind kind, Throwable error) {}

    private final LinkedBlockingQueue<Met> met = new LinkedBlockingQueue<>();

    @AfterEach
    void nobody() {
        Crashes.reportTo((kind, error, where) -> {});
    }

    @Test
    void what_is_fatal_on_a_dispatcher_is_told_instead_of_ending_the_process_without_a_word() throws Exception {
        Crashes.reportTo((kind, error, where) -> met.add(new Met(kind, error)));
        var kit = ActorTestKit.create(
                "reporting", ConfigFactory.parseString("""
                    pekko.actor.default-dispatcher {
                      executor = "io.engram.node.ReportingExecutor"
                      fork-join-executor { parallelism-min = 2, parallelism-max = 2 }
                    }
                    pekko.actor.provider = local
                    pekko.fail-mixed-versions = off
                    """).withFallback(ConfigFactory.load("reference")));
        try {
            var broken = new OutOfMemoryError("pretended");
            kit.system().executionContext().execute(() -> {
                throw broken;
            });
            assertThat(met.poll(30, TimeUnit.SECONDS)).isEqualTo(new Met(Crashes.Kind.FATAL, broken));
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    void what_ends_a_task_of_a_dispatcher_is_counted_and_told_and_the_dispatcher_goes_on() throws Exception {
        Crashes.reportTo((kind, error, where) -> met.add(new Met(kind, error)));
        var kit = ActorTestKit.create(
                "tasks", ConfigFactory.parseString("""
                    pekko.actor.provider = local
                    pekko.loglevel = OFF
                    pekko.stdout-loglevel = OFF
                    pekko.fail-mixed-versions = off
                    """).withFallback(ConfigFactory.load("reference")));
        try {
            DispatcherFailures.watch(kit.system());
            var counted = Crashes.count(Crashes.Kind.TASK);
            var broken = new IllegalStateException("pretended");
            // The listener is there at some time soon: the first of these may come before it.
            for (int i = 0; met.isEmpty() && i < 600; i++) {
                kit.system().executionContext().execute(() -> {
                    throw broken;
                });
                var first = met.poll(50, TimeUnit.MILLISECONDS);
                if (first != null) {
                    assertThat(first).isEqualTo(new Met(Crashes.Kind.TASK, broken));
                    break;
                }
            }
            assertThat(Crashes.count(Crashes.Kind.TASK)).isGreaterThan(counted);
            var goesOn = new LinkedBlockingQueue<Boolean>();
            kit.system().executionContext().execute(() -> goesOn.add(true));
            assertThat(goesOn.poll(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    void what_is_fatal_is_found_below_other_failures() {
        assertThat(Crashes.isFatal(new RuntimeException(new RuntimeException(new OutOfMemoryError()))))
                .isTrue();
        assertThat(Crashes.isFatal(new NoClassDefFoundError("x"))).isTrue();
        assertThat(Crashes.isFatal(new StackOverflowError())).isFalse();
        assertThat(Crashes.isFatal(new IllegalStateException("x"))).isFalse();
        var circle = new IllegalStateException("x");
        circle.initCause(new IllegalStateException("y", circle));
        assertThat(Crashes.isFatal(circle)).isFalse();
    }
}
