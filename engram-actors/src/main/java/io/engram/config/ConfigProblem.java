package io.engram.config;

/**
 * One thing that is wrong with the configuration.
 *
 * @param where the file, variable or flag
 * @param key the setting's path; empty where the trouble is with the file as a whole
 * @param message the value and what would be allowed
 */
public record ConfigProblem(String where, String key, String message) {
    @Override
    public String toString() {
        return key.isEmpty() ? where + ": " + message : where + ": " + key + ": " + message;
    }
}
