import type { ServerResponse } from 'node:http'
import { type CodedError, isCodedError } from '@mtls-gateway/domain'
import { explainTransportError } from '@mtls-gateway/outbound'
import { durationBuckets, readCounter, type ServiceMetrics, SlotHistogram, type Slots } from '@mtls-gateway/service-kit'

/** What became of a call: docs/metrics.md. */
type Outcome = 'answered' | 'answer_broken' | 'unreachable' | 'refused' | 'abandoned'

interface TransportFailures {
  readonly labels: { readonly code: string; readonly phase: string }
  calls: number
}

const classes = ['other', '1xx', '2xx', '3xx', '4xx', '5xx'] as const

/**
 * Counts calls and their answers; never whose they are. Each call adds to a few numbers. What is known anyway is not
 * counted here: the gateway's own answers by code are in the metrics of all requests.
 */
export class CallMetrics {
  readonly #outcomes: Record<Outcome, number> = {
    answered: 0,
    answer_broken: 0,
    unreachable: 0,
    refused: 0,
    abandoned: 0,
  }
  /** By the hundreds of their status. */
  readonly #answers = [0, 0, 0, 0, 0, 0]
  readonly #firstByte: Slots
  readonly #failures = new Map<string, TransportFailures>()
  #repeated = 0

  constructor({ registry }: ServiceMetrics) {
    readCounter({
      name: 'forward_calls_total',
      help: 'Calls that have ended, by what became of them',
      labelNames: ['outcome'],
      registry,
      read: () => Object.entries(this.#outcomes).map(([outcome, calls]) => [{ outcome }, calls] as const),
    })
    readCounter({
      name: 'target_answers_total',
      help: 'Answers that targets began, by class of their status',
      labelNames: ['class'],
      registry,
      read: () => classes.map((each, at) => [{ class: each }, this.#answers[at] ?? 0] as const),
    })
    readCounter({
      name: 'forward_transport_failures_total',
      help: 'Calls that got no answer, or not all of it, by transport code and phase',
      labelNames: ['code', 'phase'],
      registry,
      read: () => [...this.#failures.values()].map(({ labels, calls }) => [labels, calls] as const),
    })
    readCounter({
      name: 'forward_repeated_total',
      help: 'Calls that were sent again, because the target had closed the kept connection that was used',
      registry,
      read: () => [[{}, this.#repeated]],
    })
    this.#firstByte = new SlotHistogram({
      name: 'target_first_byte_seconds',
      help: "From the end of a call's request to the head of the target's answer",
      buckets: durationBuckets,
      registry,
    }).series({})
  }

  /** @param waitedMs since the target had the whole request, if it has waited for that */
  answered(status: number, waitedMs: number | undefined): void {
    const hundreds = Math.trunc(status / 100)
    const at = hundreds in classes ? hundreds : 0
    this.#answers[at] = (this.#answers[at] ?? 0) + 1
    if (waitedMs !== undefined) this.#firstByte.observe(waitedMs / 1_000)
  }

  repeated(): void {
    this.#repeated += 1
  }

  /** The call is over, with an answer of the target or without any. */
  ended(response: ServerResponse): void {
    if (response.writableFinished) this.#outcomes.answered += 1
    else if (response.headersSent) this.#outcomes.answer_broken += 1
    else this.#outcomes.abandoned += 1
  }

  /** The gateway answers itself. */
  refused({ code, details }: CodedError): void {
    if (code !== 'TARGET_UNREACHABLE') {
      this.#outcomes.refused += 1
      return
    }
    this.#outcomes.unreachable += 1
    this.#failed(String(details.transportCode), details.phase)
  }

  /** The target's answer breaks off. */
  brokeOff(error: Error): void {
    if (isCodedError(error)) return
    const { code, phase } = explainTransportError(error, '')
    this.#failed(code, phase)
  }

  /** Codes and phases are from closed lists. */
  #failed(code: string, phase: unknown = 'none'): void {
    const key = `${code} ${phase}`
    const failures = this.#failures.get(key) ?? { labels: { code, phase: String(phase) }, calls: 0 }
    failures.calls += 1
    this.#failures.set(key, failures)
  }
}
