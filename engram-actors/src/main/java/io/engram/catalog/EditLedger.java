package io.engram.catalog;

/**
 * Which edits a document holds, by the numbers that their originators gave them. It is part of the document, so that
 * whoever reads the document knows for each edit whether it was decided and how, and so that no edit is done twice.
 *
 * <p>A refused edit is entered too: it is decided once and for all. Otherwise a retry that was under way to another node
 * could still be applied after its originator was told that it was refused.
 *
 * <p>It is bounded. When there are too many originators the one that was quiet for longest is forgotten, and {@code floor}
 * is raised to the version of its last edit. An edit that was decided in that entry was known before that version, and is
 * never taken for a new one: its {@link EditId#knownVersion} lies below the floor. Such an edit is {@link
 * Standing#FORGOTTEN}, which never changes again: it may or may not have been applied, and will not be from now on.
 *
 * @param floor edits of unknown originators with a known version below it are forgotten
 * @param marks what is decided, for each originator
 */
public record EditLedger(long floor, Table<Originator, EditMark> marks) {
    public static final EditLedger EMPTY = new EditLedger(0, Table.empty());

    /** What a document knows of an edit. */
    public enum Standing {
        /** Not decided. */
        NEW,
        APPLIED,
        REFUSED,
        /** So old that the document cannot tell. It will not be applied from now on. */
        FORGOTTEN
    }

    public EditLedger {
        if (floor < 0) {
            throw new IllegalArgumentException("floor " + floor);
        }
    }

    public Standing standing(EditId edit) {
        var mark = marks.find(edit.originator());
        if (edit.knownVersion() < (mark == null ? floor : mark.floor())) {
            return Standing.FORGOTTEN;
        }
        return mark == null ? Standing.NEW : mark.standing(edit.number());
    }

    /**
     * With one more edit decided.
     *
     * @param edit whose standing is NEW
     * @param version of the document that decides it
     * @param originators how many are remembered
     */
    EditLedger with(EditId edit, boolean refused, long version, int originators) {
        var draft = marks.draft();
        var mark = marks.find(edit.originator());
        draft.put(
                edit.originator(),
                mark == null
                        ? EditMark.first(edit.number(), refused, floor, version)
                        : mark.with(edit.number(), refused, version));
        var newFloor = floor;
        if (draft.size() > originators) {
            var quietest = draft.done().entries().stream()
                    .filter(each -> !each.getKey().equals(edit.originator()))
                    .min((a, b) ->
                            Long.compare(a.getValue().version(), b.getValue().version()))
                    .orElseThrow();
            draft.remove(quietest.getKey());
            newFloor = Math.max(floor, quietest.getValue().version());
        }
        return new EditLedger(newFloor, draft.done());
    }
}
