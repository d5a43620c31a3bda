package io.engram.log;

/** What is done wrong on purpose, so that the tester proves that it sees it. */
enum PlantedFault {
    NONE,
    ACKNOWLEDGES_BEFORE_THE_FORCE,
    DROPS_THE_LAST_RECORD_ON_RECOVERY
}
