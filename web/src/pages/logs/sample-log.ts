// Log entries for tests of this folder: sensible values that a test changes where it cares.

import type { AttemptView, LogDetail, LogRow, StoryStep } from "../../../../src/admin/contract/logs.ts";

export function sampleRow(changes: Partial<LogRow> = {}): LogRow {
  return {
    id: "req_1",
    at: "2026-11-28T15:00:00.000Z",
    method: "POST",
    path: "/v1/messages",
    protocol: "anthropic",
    model: "claude-sonnet",
    upstream_model: "m",
    stream: true,
    status: 200,
    outcome: "ok",
    error: null,
    duration_ms: 2000,
    first_content_ms: 700,
    upstream_id: "beta",
    key_masked: "sk-b…eta",
    attempt_count: 1,
    restart_count: 0,
    usage: null,
    cost_usd: null,
    client_key: null,
    client_key_name: null,
    session_id: null,
    user_agent: null,
    loss_count: 0,
    ...changes,
  };
}

export function sampleAttempt(changes: Partial<AttemptView> = {}): AttemptView {
  return {
    number: 1,
    upstream_id: "alpha",
    key_masked: "sk-a…pha",
    protocol: "anthropic",
    model: "m",
    url: "https://alpha.example/v1/messages",
    lane: "pass-through",
    status: 200,
    outcome: "ok",
    error: null,
    started_ms: 0,
    first_byte_ms: null,
    first_content_ms: null,
    total_ms: 1000,
    usage: null,
    cost_usd: null,
    loss_count: 0,
    may_have_billed: false,
    request_headers: null,
    request_body: null,
    response_body: null,
    ...changes,
  };
}

export function sampleStep(kind: StoryStep["kind"], changes: Partial<StoryStep> = {}): StoryStep {
  const nothing = { attempt: null, upstream_id: null, status: null, outcome: null, detail: null, stopped_by: null };
  return { at_ms: 0, kind, ...nothing, ...changes };
}

export function sampleDetail(changes: Partial<LogDetail> = {}): LogDetail {
  return { row: sampleRow(), attempts: [sampleAttempt()], losses: [], story: [], has_body: false, ...changes };
}
