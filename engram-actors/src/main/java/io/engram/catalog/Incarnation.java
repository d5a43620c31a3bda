package io.engram.catalog;

import java.util.UUID;

/**
 * One data folder, from when it was made until it is lost. A node whose disk was wiped comes back under its old name as
 * another incarnation, which has promised nothing and holds nothing. Voters and replicas are incarnations and not nodes:
 * otherwise the empty disk would answer for what the lost one promised.
 *
 * @param id drawn at random when the folder was made; a copy of a folder draws another one
 */
public record Incarnation(UUID id) implements Comparable<Incarnation> {
    @Override
    public int compareTo(Incarnation other) {
        return id.compareTo(other.id);
    }

    @Override
    public String toString() {
        return id.toString().substring(0, 8);
    }
}
