package io.engram.space;

import org.slf4j.spi.LoggingEventBuilder;

/** Records of the log about a space: they carry its name and, where this node leads it among others, the epoch of that. */
final class SpaceRecords {
    private SpaceRecords() {}

    static LoggingEventBuilder about(LoggingEventBuilder record, SpaceId space, Reigns reigns) {
        var named = record.addKeyValue("space", space);
        var epoch = reigns.epoch(space);
        return epoch.isPresent() ? named.addKeyValue("epoch", epoch.getAsLong()) : named;
    }
}
