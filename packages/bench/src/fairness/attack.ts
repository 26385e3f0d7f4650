import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { runWhenIdle } from '../machine/cores.ts'
import type { AttackOrder, AttackTally } from './attack-order.ts'

export interface Attack {
  /** Gives up everything that is under way. */
  stop(): Promise<AttackTally>
}

const program = fileURLToPath(new URL('../../dist/fairness/attack-process.js', import.meta.url))

/** Runs in its own process, which yields the processor to everyone else: an attacker would be on another machine. */
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
