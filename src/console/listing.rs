//! The list of all commands.

use std::collections::BTreeMap;

use super::style::Style;

/// Every command with what it does, in groups by what stands before the colon.
pub(super) fn list(parser: &clap::Command, program: &str, style: Style) -> String {
    let mut groups: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for command in parser.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        let group = name.split_once(':').map_or("", |(group, _)| group);
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        groups.entry(group).or_default().push((name, about));
    }
    let names = groups.values().flatten().map(|(name, _)| name.chars().count());
    let width = names.max().unwrap_or(0);
    let mut text = format!(
        "{} {}\n\n{}\n  {program} [command] [options]\n\n{}\n",
        style.heading("Lunox"),
        crate::VERSION,
        style.strong("Usage:"),
        style.strong("Commands:"),
    );
    for (group, mut commands) in groups {
        commands.sort();
        if !group.is_empty() {
            text.push_str(&format!(" {}\n", style.dim(group)));
        }
        for (name, about) in commands {
            let gap = " ".repeat(width - name.chars().count() + 2);
            text.push_str(&format!("  {}{gap}{about}\n", style.command(name)));
        }
    }
    text.push_str(&format!("\nMore on one of them: {program} help [command]"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_in_groups_with_those_without_a_group_first() {
        let command = |name: &'static str| clap::Command::new(name).about("does it");
        let parser = clap::Command::new("app").subcommands([
            command("photos:import"),
            command("serve"),
            command("about"),
        ]);
        let text = list(&parser, "app", Style::PLAIN);
        let commands = text.split("Commands:\n").nth(1).expect("a list");
        assert!(
            commands.starts_with(
                "  about          does it\n  serve          does it\n photos\n  photos:import  does it\n"
            ),
            "{commands}"
        );
    }
}
