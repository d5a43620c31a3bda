package io.engram.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TomlEditTest {
    private static final ValueType.Places PLACES = new ValueType.Places(Path.of("/nowhere"), Path.of("/somewhere"));

    private static String set(String text, String path, String value) throws Exception {
        var key = ConfigKey.of(path);
        return TomlEdit.set(text, key, key.type().fromText(value, PLACES));
    }

    @Test
    void a_value_is_changed_where_it_stands_and_comments_stay() throws Exception {
        var text = """
            # mine
            [server]
              http_port = 1 # the door
            http_bind = "0.0.0.0"

            [limits]
            bulk_items = 10
            """;
        assertThat(set(text, "server.http_port", "7433"))
                .isEqualTo(text.replace("http_port = 1 #", "http_port = 7433 #"));
        assertThat(set(text, "server.http_bind", "::1")).isEqualTo(text.replace("0.0.0.0", "::1"));
    }

    @Test
    void a_new_value_goes_to_the_end_of_its_section() throws Exception {
        assertThat(set("[server]\nhttp_port = 1\n\n[limits]\nbulk_items = 10\n", "server.request_timeout", "5s"))
                .isEqualTo("[server]\nhttp_port = 1\nrequest_timeout = \"5s\"\n\n[limits]\nbulk_items = 10\n");
    }

    @Test
    void a_new_section_goes_to_the_end() throws Exception {
        assertThat(set("", "cluster.discovery.seed_nodes", "10.0.0.1:7946,10.0.0.2:7946"))
                .isEqualTo("[cluster.discovery]\nseed_nodes = [\"10.0.0.1:7946\", \"10.0.0.2:7946\"]\n");
        assertThat(set("[server]\nhttp_port = 1\n", "cluster.enabled", "true"))
                .isEqualTo("[server]\nhttp_port = 1\n\n[cluster]\nenabled = true\n");
    }

    @Test
    void dotted_names_are_found_too() throws Exception {
        assertThat(set("server.http_port = 1\n", "server.http_port", "2")).isEqualTo("server.http_port = 2\n");
        assertThat(set("[cluster]\nnetwork.swim_bind = \"0.0.0.0:1\"\n", "cluster.network.swim_bind", "0.0.0.0:2"))
                .isEqualTo("[cluster]\nnetwork.swim_bind = \"0.0.0.0:2\"\n");
    }

    @Test
    void what_cannot_be_changed_safely_is_left_for_people() {
        for (var text : List.of(
                "server = { http_port = 1 }\n",
                "[server]\nhttp_port = \"\"\"\n1\"\"\"\n",
                "[server]\nhttp_bind = '''\nhttp_port = 1\n'''\n")) {
            assertThatThrownBy(() -> set(text, "server.http_port", "2"))
                    .as(text)
                    .isInstanceOfSatisfying(
                            ConfigException.class,
                            e -> assertThat(e.problems().toString()).contains("by hand"));
        }
        assertThatThrownBy(() -> set("[server\n", "server.http_port", "2"))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems().toString()).contains("not valid TOML"));
    }

    @Test
    void every_default_can_be_written_and_read_again() throws Exception {
        for (var setting :
                ConfigLoader.load(ConfigLoaderTest.nothing()).settings().values()) {
            var key = setting.key();
            var value = key.type().fromText(setting.value(), PLACES);
            var text = TomlEdit.set("", key, value);
            var read = TomlFile.parse("", text, new ArrayList<>()).get(key.path());
            assertThat(key.type().fromNode(Objects.requireNonNull(read), PLACES))
                    .as(text)
                    .isEqualTo(value);
        }
    }
}
