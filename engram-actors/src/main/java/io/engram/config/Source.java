package io.engram.config;

import java.nio.file.Path;

/** Where a value came from; later ones win over earlier ones. */
public sealed interface Source {
    /** The file that comes with Engram. */
    record Default() implements Source {
        @Override
        public String toString() {
            return "default";
        }
    }

    /**
     * What a command starts from instead of the defaults.
     *
     * @param name the command
     */
    record Command(String name) implements Source {
        @Override
        public String toString() {
            return "engram " + name;
        }
    }

    /**
     * The user's file.
     *
     * @param path where it lies
     */
    record File(Path path) implements Source {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /**
     * The environment.
     *
     * @param variable its name
     */
    record Environment(String variable) implements Source {
        @Override
        public String toString() {
            return "environment variable " + variable;
        }
    }

    /**
     * The command line.
     *
     * @param flag as it was written
     */
    record CommandLine(String flag) implements Source {
        @Override
        public String toString() {
            return "flag " + flag;
        }
    }
}
