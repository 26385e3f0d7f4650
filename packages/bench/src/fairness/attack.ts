import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runWhenIdle } from '../machine/cores.ts'
import type { AttackOrder, AttackTally } from './attack-order.ts'

export interface Attack {
  /** Gives up all that is under way. */
  stop(): Promise<AttackTally>
}

const program = fileURLToPath(new URL('../../dist/fairness/attack-process.js', import.meta.url))

/** By a process of its own, which leaves the processor to whoever else wants it: it would be on another machine. */
export function beginAttack(order: AttackOrder): Attack {
  const child = fork(program, { serialization: 'advanced' })
  const ended = once(child, 'exit')
  if (child.pid !== undefined) runWhenIdle(child.pid)
  child.send(order)
  return {
    stop: async () => {
      const told = once(child, 'message')
      child.send('end')
      const [answer] = await Promise.race([told, ended])
      await ended
      if (typeof answer !== 'object') throw new Error(`the attack broke off with ${answer}`)
      return answer as AttackTally
    },
  }
}
