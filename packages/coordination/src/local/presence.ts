import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { type AccountId, CodedError, parseAccountId } from '@mtls-gateway/domain'
import { SharedReads } from '@mtls-gateway/event-loop'
import type { InstanceIdentity, InstanceState, LiveInstance, Presence, Served, ServedRevision } from '../port.ts'

/** Texts that processes show each other. Every method rejects with `COORDINATION_UNAVAILABLE`. */
export interface Board {
  /** @param ms how long it is shown, unless it is shown again; always the same for a topic */
  show(topic: string, key: string, text: string, ms: number): Promise<void>
  /** What is shown, by key, and for how long the board has lost nothing. */
  read(topic: string): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly completeForMs: number }>
}

const instances = 'instances'
/** The accounts that are asked for, by the id of the question. Its answers are a topic of their own, by instance. */
const questions = 'questions'
const answersTo = (question: string): string => `answers:${question}`

const liveMs = 5_000
/** How often an instance shows itself and looks for questions, so how long an answer takes. */
const showEveryMs = 250
/** A busy instance answers late, and one that is gone counts as live for some seconds, but can't answer. */
const answerMs = 1_000
/** How often it is looked whether all have answered. */
const lookEveryMs = 100

/** What an instance answers: what it serves at that moment, and of which epoch that is. */
type Answer = Partial<Served> & Pick<LiveInstance, 'epoch'>

/**
 * Instances only show that they live. What they serve of an account is asked of all of them when somebody wants to know
 * it, which is seldom: so nothing has to be told of each change, kept, or found to be lost (decision 63).
 */
export class BoardPresence implements Presence {
  readonly #board: Board
  /** One question of an account at a time: all who come meanwhile share the next one, and nobody fills the board. */
  readonly #questions = new SharedReads((account: AccountId) => this.#ask(account))

  constructor(board: Board) {
    this.#board = board
  }

  join(identity: InstanceIdentity, state: InstanceState): { leave(): Promise<void> } {
    const leaving = new AbortController()
    const showing = this.#keepShowing(identity, state, leaving.signal)
    return {
      leave: () => {
        leaving.abort()
        return showing
      },
    }
  }

  async live(): Promise<readonly LiveInstance[]> {
    const { texts, completeForMs } = await this.#board.read(instances)
    if (completeForMs < liveMs) throw notKnownYet(liveMs - completeForMs)
    return [...texts.values()].map((text) => JSON.parse(text))
  }

  ofAccount(account: AccountId): Promise<readonly ServedRevision[]> {
    return this.#questions.get(account)
  }

  async #ask(account: AccountId): Promise<readonly ServedRevision[]> {
    const question = randomUUID()
    const deadline = performance.now() + answerMs
    await this.#board.show(questions, question, account, answerMs)
    for (;;) {
      const live = await this.live()
      const { texts } = await this.#board.read(answersTo(question))
      const isComplete = live.every(({ instance }) => texts.has(instance))
      if (isComplete || performance.now() >= deadline) {
        return live.map((instance) => withAnswer(instance, texts.get(instance.instance)))
      }
      await setTimeout(lookEveryMs)
    }
  }

  /** Never rejects: while the others can't be told, it is tried again and again. */
  async #keepShowing(identity: InstanceIdentity, state: InstanceState, signal: AbortSignal): Promise<void> {
    let answered: ReadonlySet<string> = new Set()
    let hasFailed = false
    while (!signal.aborted) {
      try {
        const shown: LiveInstance = { ...identity, epoch: state.epoch() }
        await this.#board.show(instances, identity.instance, JSON.stringify(shown), liveMs)
        const { texts } = await this.#board.read(questions)
        const open = [...texts].filter(([question]) => !answered.has(question))
        await Promise.all(open.map(([question, account]) => this.#answer(question, account, identity, state)))
        answered = new Set(texts.keys())
        hasFailed = false
      } catch (error) {
        if (!hasFailed) state.onFailed(error)
        hasFailed = true
      }
      await setTimeout(showEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  #answer(question: string, account: string, { instance }: InstanceIdentity, state: InstanceState): Promise<void> {
    const answer: Answer = { ...state.served(parseAccountId(account)), epoch: state.epoch() }
    return this.#board.show(answersTo(question), instance, JSON.stringify(answer), liveMs)
  }
}

function withAnswer(instance: LiveInstance, text: string | undefined): ServedRevision {
  if (text === undefined) return { ...instance, hasAnswered: false, revision: undefined, since: undefined }
  const { epoch, revision, since }: Answer = JSON.parse(text)
  return { ...instance, epoch, hasAnswered: true, revision, since }
}

function notKnownYet(ms: number): CodedError {
  return new CodedError(
    'COORDINATION_UNAVAILABLE',
    'Not all running instances may be known: Redis has just started or lost its data, a clock was set back, or the services are being updated. Repeat the request in a few seconds.',
    { retryAfterSeconds: Math.ceil(ms / 1_000) },
  )
}
