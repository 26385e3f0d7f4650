let isBack = false

addEventListener('popstate', () => {
  isBack = true
  // Pages come after the event.
  setTimeout(() => {
    isBack = false
  })
})

/** The page that comes is a new one. Where one goes back, the browser scrolls to where one was. */
export function isForward(): boolean {
  return !isBack
}
