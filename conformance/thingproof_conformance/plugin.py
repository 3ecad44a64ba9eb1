"""The pytest plugin of the conformance suites: options, case checks, verdicts and the event stream.

What a suite uses:

    from thingproof_conformance import expect
    from thingproof_conformance.cases import case

- `gizwits` (vendors_gizwits.GizwitsTarget): `.call(operation_id, *, path, query, headers, json, raw,
  content_type, app_id, token, method, expect, check) -> Answer`; success is expected unless
  `expect=ANY` (judge yourself, e.g. `expect.refused(answer, 9004)`) or a status is given. Every
  answer is checked against the contract. `.new_application() .new_product(name|mapping, sharing=)
  .new_device(product) .new_user("username"|"anonymous"|"email"|"phone") .bind(user, device, **body)
  .bound() -> (user, device) .hardware(device) -> LiveDevice .signature(product, timestamp)
  .app_token() .sms_code(phone) .now() .names .application`.
- `control` (control.ControlClient): `.clock() .set_clock(t) .advance(s) .freeze(at) .resume()
  .outbox(kind, to) .seed(vendor, data) .fault(name, **parameters)` (context manager) `.device(...)`.
- `negative`: parametrised by `negatives.parametrize(operation)`; `gizwits.refuses(negative)`.
- `expect`: equal, different, true, between, one_of, matches, contains, lacks, field, absent,
  accepted, refused, either.
- `events`: judge what arrived: cause, payload, order, deadline and number.
"""
