import { readCounter, type ServiceMetrics } from '@mtls-gateway/service-kit'
import { type RefreshResult, refreshResults } from './oidc/refresher.ts'
import { type SessionKind, sessionKinds } from './session/session.ts'

/** How many people come in, and how often their tokens are renewed. */
export class ConsoleMetrics {
  readonly #signIns = new Map<SessionKind, number>(sessionKinds.map((kind) => [kind, 0]))
  readonly #refreshes = new Map<RefreshResult, number>(refreshResults.map((result) => [result, 0]))

  constructor({ registry }: ServiceMetrics) {
    readCounter({
      name: 'console_sign_ins_total',
      help: 'Sessions that have begun, by how',
      labelNames: ['via'],
      registry,
      read: () => [...this.#signIns].map(([via, count]) => [{ via }, count] as const),
    })
    readCounter({
      name: 'console_refreshes_total',
      help: 'Tokens that were to be renewed at the identity provider, by result',
      labelNames: ['result'],
      registry,
      read: () => [...this.#refreshes].map(([result, count]) => [{ result }, count] as const),
    })
  }

  countSignIn(via: SessionKind): void {
    this.#signIns.set(via, (this.#signIns.get(via) ?? 0) + 1)
  }

  countRefresh(result: RefreshResult): void {
    this.#refreshes.set(result, (this.#refreshes.get(result) ?? 0) + 1)
  }
}
