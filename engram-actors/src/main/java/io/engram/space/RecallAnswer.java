package io.engram.space;

import java.util.Optional;

/**
 * A read's result with what the caller should know about how it was made.
 *
 * @param result the engine's result
 * @param lexicalOnly why meaning was left out, if it was: the model is loading, missing, switched off or overloaded
 */
public record RecallAnswer<T>(T result, Optional<String> lexicalOnly) {}
