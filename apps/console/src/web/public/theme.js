// Before the first paint, so that a dark page does not flash white. No module, and no inline script: see the policy.
{
  const chosen = localStorage.getItem('theme')
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen
}
