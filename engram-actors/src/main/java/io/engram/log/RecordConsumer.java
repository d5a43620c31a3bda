package io.engram.log;

/** Takes the records of a log in the order of their sequence. */
@FunctionalInterface
public interface RecordConsumer {
    /**
     * Takes one record. The array is the consumer's own.
     *
     * @return whether to go on
     */
    boolean accept(long sequence, byte[] record);
}
