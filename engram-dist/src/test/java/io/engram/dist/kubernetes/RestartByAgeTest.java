package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that restarts nodes by age, in front of a kubectl that only notes what it is asked. */
class RestartByAgeTest {
    private static final String PODS = """
        2026-11-01T10:00:02Z engram-0 StatefulSet/engram
        2026-11-01T10:00:03Z engram-1 StatefulSet/engram
        2026-11-01T10:00:01Z engram-2 StatefulSet/engram
        2026-11-01T10:00:09Z other-0 StatefulSet/other
         engram-3 StatefulSet/engram
        """;

    /** A pod has another uid as soon as it was deleted, and finds itself well, or not. */
    private static final String KUBECTL = """
        #!/usr/bin/env bash
        echo "$*" >>"$CALLS"
        case "$*" in
            *'get pods'*) cat "$PODS" ;;
            *'get pod '*) if grep -q "delete pod $5\\$" "$CALLS"; then echo new; else echo old; fi ;;
            *exec*) echo "$ANSWER" ;;
        esac
        """;

    private static final String WELL = """
        HTTP Health:    responsive (12 ms)
        Overall Status: online
        Cluster Node:   engram-0 2 alive, 0 suspect, 0 dead, 0 left, 2 total (connected)\
        """;

    private static final String DEGRADED = """
        HTTP Health:    responsive (12 ms)
        Overall Status: degraded
        Message:        Overall Status: online\
        """;

    @TempDir
    Path folder;

    private record Result(int exitCode, String output, List<String> calls) {
        List<String> deleted() {
            return calls.stream()
                    .filter(each -> each.contains("delete pod"))
                    .map(each -> each.substring(each.lastIndexOf(' ') + 1))
                    .toList();
        }
    }

    @Test
    void the_youngest_goes_first_and_the_oldest_last() throws Exception {
        var result = run(PODS, WELL, "--namespace", "memories");
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.deleted())
                .as("while a node is away no other one may be, and those of others are not touched")
                .containsExactly("engram-3", "engram-1", "engram-0", "engram-2");
        assertThat(result.calls()).allMatch(each -> each.startsWith("--namespace memories "));
        assertThat(result.calls())
                .containsSubsequence(
                        "--namespace memories delete pod engram-1",
                        "--namespace memories wait --for=condition=ready pod/engram-1 --timeout=600s",
                        "--namespace memories exec engram-1 -c engram -- java @/engram status",
                        "--namespace memories delete pod engram-0");
    }

    @Test
    void the_next_one_is_not_touched_while_something_is_wrong() throws Exception {
        var result = run(PODS, DEGRADED, "--timeout", "1");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.deleted()).hasSize(1);
        assertThat(result.output()).contains("good health of engram-3 did not come about");
    }

    @Test
    void nothing_is_done_where_there_is_nothing() throws Exception {
        var result = run(PODS, WELL, "missing");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("there are no pods of a StatefulSet missing");
        assertThat(run(PODS, WELL, "--unknown").exitCode()).isEqualTo(2);
    }

    private Result run(String pods, String answer, String... arguments) throws IOException, InterruptedException {
        var calls = folder.resolve("calls");
        Files.writeString(calls, "");
        var kubectl = folder.resolve("kubectl");
        Files.writeString(kubectl, KUBECTL);
        assertThat(kubectl.toFile().setExecutable(true)).isTrue();
        var output = folder.resolve("output");
        var process = new ProcessBuilder(
                Chart.ROOT.resolve("deployments/kubernetes/restart-by-age").toString());
        process.command().addAll(List.of(arguments));
        process.environment().put("KUBECTL", kubectl.toString());
        process.environment().put("CALLS", calls.toString());
        process.environment()
                .put("PODS", Files.writeString(folder.resolve("pods"), pods).toString());
        process.environment().put("ANSWER", answer);
        var running = process.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(
                running.exitValue(),
                Files.readString(output, StandardCharsets.UTF_8),
                Files.readString(calls).lines().toList());
    }
}
