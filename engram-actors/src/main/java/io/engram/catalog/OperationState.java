package io.engram.catalog;

/** How far an operation is. */
public enum OperationState {
    PLANNED,
    RUNNING,
    PAUSED,
    CANCELLING,
    DONE,
    CANCELLED,
    FAILED;

    /** Whether nothing more will happen. */
    public boolean isFinal() {
        return this == DONE || this == CANCELLED || this == FAILED;
    }
}
