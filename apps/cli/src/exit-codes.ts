/** What the end of a command says to a script. Used wrongly, `diff` says `refused`: 2 is what it finds (run.ts). */
export const exitCodes = { done: 0, refused: 1, wrongUse: 2, different: 2, noAnswer: 3, waits: 4 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** As users read it. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'success; `check`: a call would present a certificate; `propagation`: complete; `forward`: a status below 400',
  1: 'the answer is no: refused by the service, not found, or not usable; `forward`: a status of 400 or more',
  2: 'wrong usage: an unknown option, a missing file, or no login; `diff`: something to do (wrong usage is 1)',
  3: 'no answer: the service is unreachable, or something else than the gateway answered',
  4: 'not done yet: the change waits for the approval of another person (`mtls approvals`)',
}
