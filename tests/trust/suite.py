"""Which modules hold which test of the table, T1 to T24: what ``pytest -m trust`` runs, wherever it stands."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE: dict[str, tuple[str, ...]] = {
    "T1": ("trust/test_identity.py", "bot/test_tokens.py", "bot/test_binding.py", "bot/test_keys.py"),
    "T2": ("trust/test_identity.py", "bot/test_service_urls.py"),
    "T3": (
        "trust/test_hostile_inputs.py",
        "bot/test_malformed_bodies.py",
        "channels/test_malformed.py",
        "channels/test_multipart.py",
    ),
    "T4": ("trust/test_framing.py", "bot/test_malformed_bodies.py", "ops/test_guard.py", "ops/test_site.py"),
    "T5": ("trust/test_slow_clients.py", "ops/test_limits.py"),
    "T6": ("trust/test_bombs.py", "dialogs/fields/test_limits.py"),
    "T7": ("ops/test_rates.py", "bot/test_pace.py", "pagecheck/test_handler.py"),
    "T8": ("channels/test_attacks.py", "channels/test_tokens.py"),
    "T9": ("crash/test_crash.py", "crash/test_forgetting.py"),
    "T10": ("crash/test_crash.py",),
    "T11": ("crash/test_confirmations.py",),
    "T12": ("trust/test_torture.py", "storage/test_turns.py", "storage/test_outbox.py"),
    "T12b": ("trust/test_crosstalk.py",),
    "T13": ("trust/test_codec.py", "trust/test_old_states.py"),
    "T14": ("pagecheck/test_ssrf.py", "pagecheck/test_fetch.py"),
    "T15": ("webchat/test_hostile_text.py",),
    "T16": ("console/test_export.py", "cases/test_cli.py"),
    "T17": (
        "console/test_gate.py",
        "console/test_signin.py",
        "console/test_teeth_of_signin.py",
        "console/test_provider.py",
        "trust/test_guessed_ids.py",
    ),
    "T18": ("trust/test_canaries.py",),
    "T19": ("trust/test_erasure.py", "trust/test_deleted.py", "storage/test_erasing.py", "storage/test_deleting.py"),
    "T20": ("trust/test_broken_content.py", "content/broken/test_broken_content.py"),
    "T21": ("channels/test_stream.py",),
    "T22": ("trust/test_lock.py",),
    "T23": ("trust/test_soak.py",),
    "T24": ("trust/test_suite.py",),
}
"""Modules below ``tests/``."""
FILES = frozenset(ROOT / "tests" / module for modules in SUITE.values() for module in modules)
TEETH: dict[str, tuple[str, ...]] = {
    "T1": (
        "bot/test_tokens.py::test_teeth",
        "bot/test_binding.py::test_teeth",
        "bot/test_keys.py::test_teeth",
    ),
    "T2": ("trust/test_identity.py::test_teeth_of_the_wire",),
    "T3": (
        "trust/test_hostile_inputs.py::test_teeth",
        "trust/test_hostile_inputs.py::test_teeth_of_uploads",
        "bot/test_malformed_bodies.py::test_teeth",
        "channels/test_multipart.py::test_teeth_the_standard_librarys_reader_is_noticed",
    ),
    "T4": (
        "trust/test_framing.py::test_teeth_a_server_without_limits_is_noticed",
        "trust/test_framing.py::test_teeth_aiohttps_own_answers_are_noticed",
    ),
    "T5": (
        "trust/test_slow_clients.py::test_teeth",
        "ops/test_limits.py::test_the_check_has_teeth",
        "ops/test_limits.py::test_teeth_of_the_number",
    ),
    "T6": (
        "trust/test_bombs.py::test_teeth_of_the_clock",
        "trust/test_bombs.py::test_teeth_of_the_watch",
        "trust/test_bombs.py::test_teeth_of_uploads",
    ),
    "T7": (
        "ops/test_rates.py::test_teeth",
        "ops/test_rates.py::test_teeth_of_addresses",
        "bot/test_pace.py::test_without_pacing_the_channel_refuses",
        "pagecheck/test_handler.py::test_teeth_of_the_rate",
    ),
    "T8": ("channels/test_attacks.py::test_the_attacks_have_teeth",),
    "T9": ("crash/test_crash.py::test_teeth",),
    "T10": ("crash/test_crash.py::test_teeth_where_processes_share_a_database",),
    "T11": ("crash/test_confirmations.py::test_teeth_of_confirmations",),
    "T12": ("trust/test_torture.py::test_teeth_without_comparing_counts_are_lost",),
    "T12b": ("trust/test_crosstalk.py::test_teeth",),
    "T13": ("trust/test_codec.py::test_teeth_of_the_audit", "trust/test_old_states.py::test_teeth"),
    "T14": (
        "pagecheck/test_ssrf.py::test_without_the_table_the_corpus_notices",
        "pagecheck/test_ssrf.py::test_without_the_socket_guard_an_address_in_figures_gets_in",
    ),
    "T15": ("webchat/test_hostile_text.py::test_teeth_harm_is_found",),
    "T16": ("console/test_export.py::test_a_build_that_only_looks_at_the_start_is_caught",),
    "T17": (
        "console/test_gate.py::test_a_build_that_lets_everybody_in_is_caught",
        "console/test_gate.py::test_a_build_without_the_origin_check_is_caught",
        "console/test_teeth_of_signin.py::test_teeth",
        "trust/test_guessed_ids.py::test_teeth_of_conversations",
        "trust/test_guessed_ids.py::test_teeth_of_requests",
        "trust/test_guessed_ids.py::test_teeth_of_accounts",
    ),
    "T18": ("trust/test_canaries.py::test_a_leak_is_noticed",),
    "T19": (
        "trust/test_erasure.py::test_a_table_that_is_not_erased_is_noticed",
        "trust/test_deleted.py::test_a_step_that_is_left_out_is_noticed",
    ),
    "T20": (
        "content/broken/test_broken_content.py::test_the_corpus_notices_a_rule_that_is_gone",
        "trust/test_broken_content.py::test_teeth",
    ),
    "T21": ("channels/test_stream.py::test_teeth_a_stream_without_its_limit_is_noticed",),
    "T22": ("trust/test_lock.py::test_teeth",),
    "T23": ("trust/test_soak.py::test_teeth_of_the_slope",),
}
"""T24: the tests that run against a build in which the guard is broken, and find it."""
