package io.engram.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a configuration is made from.
 *
 * @param command the command that asks, for its own defaults' origin
 * @param commandDefaults values by path that the command starts from instead of the shipped defaults
 * @param files the files that the command line names, each laid over those before
 * @param environment environment variables
 * @param flags what the command line sets, in its order
 * @param home the user's home folder
 * @param workingFolder what relative paths are relative to
 * @param systemPlaces files that are looked for after the user's own
 */
public record ConfigRequest(
        String command,
        Map<String, String> commandDefaults,
        List<Path> files,
        Map<String, String> environment,
        List<Flag> flags,
        Path home,
        Path workingFolder,
        List<Path> systemPlaces) {
    private static final List<Path> SYSTEM_PLACES = List.of(
            Path.of("/config/engram.toml"),
            Path.of("/config/config.toml"),
            Path.of("/config/engram/config.toml"),
            Path.of("/etc/engram/engram.toml"));

    /**
     * A value from the command line.
     *
     * @param name the flag as it was written
     * @param key the setting's path
     * @param value the value's text
     */
    public record Flag(String name, String key, String value) {}

    public ConfigRequest {
        commandDefaults = Map.copyOf(commandDefaults);
        files = List.copyOf(files);
        environment = Map.copyOf(environment);
        flags = List.copyOf(flags);
        systemPlaces = List.copyOf(systemPlaces);
    }

    /** A request with this process's environment and folders and without flags. */
    public static ConfigRequest ofThisProcess(String command) {
        return new ConfigRequest(
                command,
                Map.of(),
                List.of(),
                System.getenv(),
                List.of(),
                Path.of(System.getProperty("user.home", "/")),
                Path.of("").toAbsolutePath(),
                SYSTEM_PLACES);
    }

    /** Lays a file over those that are there. */
    public ConfigRequest withFile(Path value) {
        var more = new ArrayList<>(files);
        more.add(value);
        return new ConfigRequest(command, commandDefaults, more, environment, flags, home, workingFolder, systemPlaces);
    }

    public ConfigRequest withEnvironment(Map<String, String> value) {
        return new ConfigRequest(command, commandDefaults, files, value, flags, home, workingFolder, systemPlaces);
    }

    public ConfigRequest withSystemPlaces(List<Path> value) {
        return new ConfigRequest(command, commandDefaults, files, environment, flags, home, workingFolder, value);
    }

    public ConfigRequest withFolders(Path newHome, Path newWorkingFolder) {
        return new ConfigRequest(
                command, commandDefaults, files, environment, flags, newHome, newWorkingFolder, systemPlaces);
    }

    /** Adds a value from the command line. */
    public ConfigRequest withFlag(String name, String key, String value) {
        var more = new ArrayList<>(flags);
        more.add(new Flag(name, key, value));
        return new ConfigRequest(command, commandDefaults, files, environment, more, home, workingFolder, systemPlaces);
    }

    /** Replaces a shipped default by one of the command's own. */
    public ConfigRequest withDefault(String key, String value) {
        var more = new LinkedHashMap<>(commandDefaults);
        more.put(key, value);
        return new ConfigRequest(command, more, files, environment, flags, home, workingFolder, systemPlaces);
    }

    /** Where the user's file is looked for when nobody names one, in this order. */
    public List<Path> places() {
        var places = new ArrayList<Path>();
        var xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
        places.add((xdg.isBlank() ? home.resolve(".config") : workingFolder.resolve(xdg))
                .resolve("engram")
                .resolve("config.toml"));
        places.addAll(systemPlaces);
        return places;
    }
}
