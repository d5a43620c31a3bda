package io.engram.memory;

import java.util.List;

/**
 * A page of a listing in the order in which the memories were first stored.
 *
 * @param memories the page
 * @param total memories in the whole listing
 */
public record MemoryPage(List<Memory> memories, int total) {
    public MemoryPage {
        memories = List.copyOf(memories);
    }
}
