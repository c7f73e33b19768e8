// The name with its sign.

/** Sign and name in one line. */
export function Logo() {
  return (
    <span className="flex items-center gap-2 text-base font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="#4353d6" />
        <g fill="none" stroke="#fff" strokeWidth="2.4" strokeLinecap="round">
          <path d="M7 16h6c5 0 4-7 9-7M13 16h9" />
          <path d="M13 16c5 0 4 7 9 7" strokeOpacity=".55" />
        </g>
        <g fill="#fff">
          <circle cx="7" cy="16" r="2.4" />
          <circle cx="24" cy="9" r="2" />
          <circle cx="24" cy="16" r="2" />
          <circle cx="24" cy="23" r="2" fillOpacity=".55" />
        </g>
      </svg>
      APIRouter
    </span>
  );
}
