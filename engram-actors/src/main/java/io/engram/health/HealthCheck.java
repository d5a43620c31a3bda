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
     * @param status the verdict
     * @param message the reason with figures, for people
     */
    record Result(HealthStatus status, String message) {
        public static Result healthy(String message) {
            return new Result(HealthStatus.HEALTHY, message);
        }

        public static Result degraded(String message) {
            return new Result(HealthStatus.DEGRADED, message);
        }

        public static Result unhealthy(String message) {
            return new Result(HealthStatus.UNHEALTHY, message);
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
