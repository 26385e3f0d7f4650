/** `January 2027`. @param month `2027-01` */
export function monthName(month: string): string {
  const day = new Date(`${month}-01T00:00:00Z`)
  if (Number.isNaN(day.getTime())) return month
  return day.toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
}
