package io.engram.replication;

import java.util.List;
import java.util.TreeMap;

/** From the answers to a seal, the start of the new epoch. */
final class Choice {
    private Choice() {}

    /**
     * Among the answers with the highest adopted epoch, the longest directory; and of each log that <em>this</em> directory
     * names, the longest copy. Everything that was ever committed is in it: it was forced by a majority that had adopted its
     * epoch, one of those answered, and whoever adopted a later epoch had it in its start.
     *
     * @param answers those that count, at least as many as meet every majority
     * @param self preferred as a source, since nothing has to be copied then
     */
    static TreeMap<LogName, Target> choose(List<SealAnswer> answers, ReplicaId self, Rules rules) {
        var highest = answers.stream().mapToLong(SealAnswer::adopted).max().orElse(0);
        var sayers = answers.stream().filter(a -> rules.hasASay(a, highest)).toList();
        var targets = new TreeMap<LogName, Target>();
        var directory = longest(LogName.DIRECTORY, sayers, self, rules);
        targets.put(LogName.DIRECTORY, directory);
        var named = sayers.stream()
                .filter(a -> a.from().equals(directory.source()))
                .findFirst()
                .orElseThrow();
        for (var log : named.tails().keySet()) {
            targets.computeIfAbsent(log, l -> longest(l, sayers, self, rules));
        }
        return targets;
    }

    private static Target longest(LogName log, List<SealAnswer> answers, ReplicaId self, Rules rules) {
        var best = answers.getFirst();
        for (var answer : answers) {
            var tail = answer.tail(log);
            var equal = rules.agrees(tail, best.tail(log));
            if (rules.wins(tail, best.tail(log)) || equal && answer.from().equals(self)) {
                best = answer;
            }
        }
        return new Target(log, best.tail(log), best.from());
    }
}
