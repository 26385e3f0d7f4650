import { Time } from './time.tsx'
import { useNow } from './use-now.ts'

/** `expires in 12 months`, or `expired 3 days ago`. */
export function Expires({ at }: { readonly at: string }) {
  return (
    <>
      {Date.parse(at) <= useNow() ? 'expired' : 'expires'} <Time at={at} />
    </>
  )
}
