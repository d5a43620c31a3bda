package io.engram.conventions;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The rules of {@link Rooms}, held against the product; and each rule held against a class that was written to break it
 * (in the packages {@code planted} of this module), since a rule that nothing can break says nothing.
 */
class RoomsTest {
    /** The product's classes, without those of any test. */
    private static final JavaClasses PRODUCT = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.engram")
            .that(describe(
                    "belong to the product",
                    type -> !isPlanted(type) && Rooms.roomOf(type).isPresent()));

    private static final JavaClasses PLANTED =
            new ClassFileImporter().importPackages("io.engram").that(describe("are planted", RoomsTest::isPlanted));

    private static boolean isPlanted(JavaClass type) {
        return type.getPackageName().contains(".planted");
    }

    @Test
    void every_room_of_the_rules_is_there() {
        assertThat(Rooms.population(PRODUCT).keySet()).containsExactlyInAnyOrderElementsOf(Rooms.MAY_KNOW.keySet());
    }

    @TestFactory
    Stream<DynamicTest> the_product_keeps_every_rule() {
        return new TreeMap<>(Rooms.all())
                .entrySet().stream()
                        .map(rule -> DynamicTest.dynamicTest(
                                rule.getKey(), () -> rule.getValue().check(PRODUCT)));
    }

    /** Which planted class breaks which rule. */
    private static final Map<String, String> BREAKS = Map.ofEntries(
            Map.entry("EngineThatKnowsSpaces", "dependencies point downwards"),
            Map.entry("DoorThatKnowsTheOtherDoor", "dependencies point downwards"),
            Map.entry("NodeThatKnowsTheCommands", "dependencies point downwards"),
            Map.entry("RoomOfNobody", "dependencies point downwards"),
            Map.entry("EngineThatReadsFiles", "pure rooms only compute"),
            Map.entry("EngineThatStartsThreads", "pure rooms only compute"),
            Map.entry("CatalogThatStartsThreads", "pure rooms only compute"),
            Map.entry("EngineThatUsesActors", "pure rooms only compute"),
            Map.entry("EngineThatReadsTheClock", "pure rooms read no clock"),
            Map.entry("ProtocolThatStartsThreads", "pure rooms only compute"),
            Map.entry("ProtocolThatKnowsTheStore", "the protocol knows only the format of logs"),
            Map.entry("StoreThatKnowsPekko", "the log store knows no Pekko"),
            Map.entry("SpaceThatSpeaksHttp", "the domain knows no door"),
            Map.entry("SpaceThatSpeaksGrpc", "the domain knows no door"),
            Map.entry("SpaceThatPrints", "only commands print"),
            Map.entry("SpaceThatLogsElsewhere", "logging goes through SLF4J"),
            Map.entry("SpaceThatRecordsSpansItself", "only the export knows the tracing library"),
            Map.entry("SpaceWithInjection", "nothing is injected into fields"),
            Map.entry("ClassInAnUnmarkedPackage", "packages are null-marked"));

    @TestFactory
    Stream<DynamicTest> each_planted_class_breaks_its_rule() {
        return new TreeMap<>(BREAKS)
                .entrySet().stream()
                        .map(entry ->
                                DynamicTest.dynamicTest(entry.getKey() + " breaks '" + entry.getValue() + "'", () -> {
                                    var one = PLANTED.that(describe(
                                            "is " + entry.getKey(),
                                            type -> type.getSimpleName().equals(entry.getKey())));
                                    assertThat(one)
                                            .as("planted class " + entry.getKey())
                                            .hasSize(1);
                                    var rule = requireNonNull(Rooms.all().get(entry.getValue()), entry.getValue());
                                    assertThatThrownBy(() -> rule.check(one))
                                            .isInstanceOf(AssertionError.class)
                                            .hasMessageContaining(
                                                    entry.getValue().equals("packages are null-marked")
                                                            ? "is not marked"
                                                            : entry.getKey());
                                }));
    }

    @Test
    void every_rule_has_a_planted_class() {
        assertThat(BREAKS.values()).containsAll(Rooms.all().keySet());
    }
}
