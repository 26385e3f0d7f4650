import type { ReportedProblem } from '@mtls-gateway/contract'
import { Code } from './code.tsx'
import { Notice } from './notice.tsx'
import { WholeWords } from './whole-words.tsx'

/** One thing that is wrong with a key or certificate: its severity as a word, a sentence, the commands that fix it. */
export function ProblemCard({ problem: { severity, code, message, fix } }: { readonly problem: ReportedProblem }) {
  return (
    <Notice tone={severity === 'error' ? 'bad' : 'warn'} title={severity === 'error' ? 'Error' : 'Warning'}>
      <p>
        <WholeWords text={message} isWhole={hasHyphenBeforeDigit} />
      </p>
      {fix !== undefined && (
        <>
          <p>
            {severity === 'error'
              ? 'What helps (the names of the files are examples):'
              : 'It can be used as it is. What helps against the warning (the names of the files are examples):'}
          </p>
          <Code text={fix} label={`the fix for ${code}`} />
        </>
      )}
    </Notice>
  )
}

/** `2026-12-02` and `RC2-40-CBC` */
function hasHyphenBeforeDigit(word: string): boolean {
  return /-\d/.test(word)
}
