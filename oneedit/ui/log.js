// Keeps the reader where they are: the log follows its end only for who reads there.
(() => {
  const log = document.querySelector('.log'), news = document.querySelector('.news');
  if (!log || window.oneeditLog) return;
  const turns = () => log.querySelectorAll('.turn[data-message]');
  let following = true, known = turns().length, place = scrollY;
  const toEnd = () => {
    const last = [...turns()].at(-1);
    const end = document.documentElement.scrollHeight - innerHeight;
    const start = last ? last.getBoundingClientRect().top + scrollY - 80 : end;
    scrollTo({ top: Math.min(end, start), behavior: 'instant' });
    place = scrollY;
  };
  const changed = () => {
    const count = turns().length;
    if (following) toEnd();
    else if (count > known && news) news.dataset.shown = 'true';
    known = count;
  };
  const follow = () => {
    following = true;
    if (news) news.dataset.shown = 'false';
    toEnd();
  };
  const moved = () => {
    const up = scrollY < place;
    place = scrollY;
    if (document.documentElement.scrollHeight - innerHeight - scrollY < 120) {
      following = true;
      if (news) news.dataset.shown = 'false';
    } else if (up) following = false;
  };
  new ResizeObserver(changed).observe(log);
  addEventListener('scroll', moved, { passive: true });
  news?.addEventListener('click', follow);
  window.oneeditLog = { follow };
})();
