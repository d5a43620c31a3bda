package io.engram.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes commands. */
@Command(
        name = "completion",
        description = {
            "Print a completion script for a shell.",
            "bash: source <(engram completion bash)",
            "zsh: source <(engram completion zsh)"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells. One script serves both: in zsh it switches on bash's way of completing. */
    enum Shell {
        bash,
        zsh
    }

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    Shell shell = Shell.bash;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        var out = spec.commandLine().getOut();
        out.print(AutoComplete.bash("engram", spec.root().commandLine()));
        out.flush();
        return ExitCodes.OK;
    }
}
