/** "3 Mar 2027", of an ISO time, where the reader is. */
export function dayOf(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}
