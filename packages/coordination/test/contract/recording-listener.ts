import { once } from 'node:events'
import type { ChangeFeedListener, ChangeNotice } from '../../src/port.ts'

/** A listener that records notices and gaps, and can be waited for. */
export class RecordingListener implements ChangeFeedListener {
  readonly heard: (ChangeNotice | 'gap')[] = []
  readonly #told = new EventTarget()

  onNotice(notice: ChangeNotice): void {
    this.#hear(notice)
  }

  onGap(): void {
    this.#hear('gap')
  }

  get notices(): ChangeNotice[] {
    return this.heard.filter((what) => what !== 'gap')
  }

  get gaps(): number {
    return this.heard.length - this.notices.length
  }

  /** Resolves when the condition holds. It is checked after each notice or gap. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#told, 'told')
  }

  #hear(what: ChangeNotice | 'gap'): void {
    this.heard.push(what)
    this.#told.dispatchEvent(new Event('told'))
  }
}
