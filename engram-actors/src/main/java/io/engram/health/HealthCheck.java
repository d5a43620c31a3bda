package io.engram.health;

/** One thing that is checked. Checks are quick and never block. */
public interface HealthCheck {
    /** The check's name, unique in the node, such as {@code journal}. */
    String name();

    /** What is looked at, such as {@code memory}, {@code latency}, {@code storage}. */
    String type();

    Result check();

    /**
     * A check's outcome.
     *
     * @param status the verdict on what was looked at
     * @param message the reason with figures, for people
     * @param forNode what it means for the node as a whole: supervisors restart an unhealthy one and load balancers pass
     *     it by, which does not help where reads go on
     */
    record Result(HealthStatus status, String message, HealthStatus forNode) {
        public Result(HealthStatus status, String message) {
            this(status, message, status);
        }

        public static Result healthy(String message) {
            return new Result(HealthStatus.HEALTHY, message);
        }

        public static Result degraded(String message) {
            return new Result(HealthStatus.DEGRADED, message);
        }

        public static Result unhealthy(String message) {
            return new Result(HealthStatus.UNHEALTHY, message);
        }

        /** Writes cannot be done, and reads go on: the node is degraded. */
        public static Result unhealthyForWrites(String message) {
            return new Result(HealthStatus.UNHEALTHY, message, HealthStatus.DEGRADED);
        }
    }

    /** A check made of its parts. */
    static HealthCheck of(String name, String type, java.util.function.Supplier<Result> check) {
        return new HealthCheck() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String type() {
                return type;
            }

            @Override
            public Result check() {
                return check.get();
            }
        };
    }
}
