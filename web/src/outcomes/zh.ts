// What each outcome means, in Chinese; see en.ts.

import type { OutcomeTexts } from "./outcome-texts.ts";

export const OUTCOMES_ZH: OutcomeTexts = {
  ok: { name: "已完成", text: "回答已完整送达。" },
  client_closed: { name: "客户端断开", text: "客户端在回答完成之前关闭了连接，不计入上游的失败。" },

  connect_refused: { name: "连接被拒绝", text: "上游地址没有程序接受连接。请检查 base URL，以及上游是否在运行。" },
  dns_error: { name: "找不到主机", text: "无法解析上游的主机名。请检查 base URL 的拼写和本机的 DNS。" },
  connect_timeout: {
    name: "连接超时",
    text: "上游没有在 timeouts.connect_ms 内接受连接。常见原因是防火墙，或没有设置出站代理。",
  },
  tls_error: {
    name: "TLS 失败",
    text: "上游的证书或 TLS 握手无效。请检查证书是否过期，或是否有设备在拦截 TLS；证书始终会被校验。",
  },
  proxy_error: { name: "出站代理失败", text: "出站代理（HTTPS_PROXY、HTTP_PROXY）拒绝了连接，或无法访问。" },
  empty_response: { name: "无响应即关闭", text: "上游在发送任何响应字节之前就关闭了连接。" },
  truncated: { name: "回答中断", text: "连接或流在回答完成之前结束。" },
  protocol_error: {
    name: "不是有效的 HTTP",
    text: "返回的内容不是有效的 HTTP。请检查端口，以及应使用 http 还是 https。",
  },
  header_overflow: { name: "响应头过大", text: "上游发送的响应头数据超过了可接受的上限。" },
  decode_error: { name: "编码无法解读", text: "上游以无法还原的方式压缩了回答。" },
  local_fault: { name: "连接数耗尽", text: "本机的连接或文件描述符已用尽。请提高上限（ulimit -n）或降低负载。" },

  ttfb_timeout: { name: "首字节超时", text: "上游没有在 timeouts.first_byte_ms 内开始回答。" },
  stall_after_handshake: {
    name: "首个内容超时",
    text: "上游已开始响应，但没有在 timeouts.first_content_ms 内送出内容。",
  },
  idle_timeout: { name: "中途静默", text: "上游在回答中途停止发送，超过了 timeouts.idle_ms。" },
  stream_limit: { name: "耗时过长", text: "流式回答的总时长超过了 timeouts.stream_ms。" },
  deadline: { name: "耗时过长", text: "非流式回答没有在 timeouts.request_ms 内完成。" },
  upstream_timeout: { name: "上游报告超时", text: "上游自己报告超时（状态码 408 或 425）。" },

  write_stall: { name: "上游不收数据", text: "上游停止接收请求数据，超过了 timeouts.idle_ms。" },
  client_stall: { name: "客户端停止读取", text: "客户端保持着连接，但不再读取任何数据，因此结束了该请求。" },

  upstream_5xx: { name: "上游错误", text: "上游返回了服务器错误，问题在上游一侧。" },
  poison_suspect: {
    name: "请求本身可疑",
    text: "同一上游的两个密钥对该请求返回了同样的服务器错误。问题可能出在请求本身，因此不再牵连其余密钥。",
  },
  bad_base_url: {
    name: "地址可能有误",
    text: "上游不认识该路径（404）。base URL 很可能有误：它应当以版本号（通常是 /v1）结尾，止于 /messages、/chat/completions、/responses 或 /models 之前。",
  },
  error_in_200: { name: "200 中包含错误", text: "上游返回 200，但回答里是错误内容，因此按错误处理。" },
  wrong_content_type: {
    name: "返回的是网页",
    text: "返回的是网页或纯文本，而不是 API 回答：可能是登录页、防火墙，或 base URL 有误（常见的是结尾少了 /v1）。",
  },
  redirect_blocked: {
    name: "未跟随重定向",
    text: "上游返回了重定向。为防止密钥外泄，从不跟随重定向：请把最终地址填为 base URL。",
  },
  bad_json: { name: "回答无法解读", text: "回答或其中某个事件不符合上游的格式。" },
  response_too_large: { name: "回答过大", text: "回答超过了设置中的上限。" },
  empty_answer: { name: "空回答", text: "上游正常结束了回答，但没有任何内容。这视为失败，因此会询问下一个候选。" },
  empty_body: { name: "响应体为空", text: "上游返回 200，但没有任何响应体。" },
  overloaded: { name: "过载", text: "上游过载。该模型在此上游会暂停一段时间，其他上游继续服务。" },
  rate_limited: {
    name: "触发限流",
    text: "该密钥在短时间内请求过多，会暂停到上游给出的等待时间结束；更多密钥可以分摊负载。",
  },
  quota_exhausted: { name: "额度用尽", text: "该密钥的余额或额度已用尽。请到供应商处充值；在此之前使用其他密钥。" },
  key_invalid: { name: "密钥被拒", text: "上游不接受该密钥，可能填写有误、已过期或已吊销。" },
  model_not_found: { name: "模型不存在", text: "上游没有该模型，或该密钥无权使用。请检查模型映射。" },
  conflict: { name: "冲突", text: "上游报告冲突（409），通常是与同时进行的另一请求冲突。" },
  client_error: { name: "请求被拒", text: "上游拒绝的是请求本身，换一个上游多半也不会接受，因此把该回答交给客户端。" },
  conversion_suspect: {
    name: "转换后被拒",
    text: "请求转换为上游格式之后被其拒绝。问题可能出在转换上：与客户端格式相同的上游也许能够接受。",
  },
  stopped_by_rule: { name: "按规则停止", text: "您设置的某条切换规则要求把该回答直接交给客户端。" },
  continued_by_rule: { name: "按规则继续", text: "您设置的某条切换规则要求在该回答之后询问其他上游。" },
  context_length: { name: "提示词过长", text: "对话超出了模型的上下文窗口。客户端已得到通知，可以自行压缩。" },
  content_filter: { name: "内容过滤", text: "供应商的内容过滤拒绝了该请求。" },
  too_large: { name: "请求过大", text: "请求的字节数超过了上游可接受的上限（413）。" },

  "client-invalid-request": { name: "请求无效", text: "客户端的请求无效，错误信息指明了字段；没有询问任何上游。" },
  "client-unauthenticated": { name: "没有有效密钥", text: "客户端没有提供密钥，或密钥未知、已停用、已过期。" },
  "client-forbidden": { name: "不允许", text: "客户端的密钥、地址或来源无权这样做。" },
  "client-not-found": { name: "不存在", text: "客户端请求的路径或模型在这里不存在。" },
  "client-method-not-allowed": { name: "方法错误", text: "路径存在，但不支持该 HTTP 方法。" },
  "client-too-large": { name: "请求过大", text: "请求超过了 limits.max_body_bytes。" },
  "client-unsupported-media": { name: "不支持的编码", text: "请求体的内容类型或压缩方式不受支持。" },
  "client-upgrade-refused": {
    name: "不支持 WebSocket",
    text: "客户端想切换到其他协议。此路由只使用普通 HTTP，客户端会自动退回。",
  },
  "client-quota-exhausted": {
    name: "密钥预算已用完",
    text: "该客户端密钥已用完当日或当月的额度。已告知客户端在周期结束前不要重试。",
  },
  "client-rate-limited": {
    name: "达到密钥限制",
    text: "客户端密钥达到了自身的限制：每分钟请求数、每分钟 token 数或并发数。",
  },
  "client-closed": { name: "客户端断开", text: "客户端在请求发送完成之前关闭了连接。" },
  "conversion-refused": {
    name: "拒绝转换",
    text: "上游的格式无法承载该请求的全部内容，而该上游的 loss_policy 为 strict。",
  },
  "upstream-transport": { name: "无法连接", text: "最后一个上游无法访问，或没有使用 HTTP。详情见各次尝试。" },
  "upstream-timeout": { name: "超时", text: "最后一个上游没有按时开始或继续回答。各次尝试中写明了是哪一项限制。" },
  "upstream-server-error": { name: "上游错误", text: "最后一个上游返回了服务器错误，且没有其他上游可以接手。" },
  "upstream-malformed": { name: "回答无法解读", text: "最后一个上游的回答不符合其格式，或过大。" },
  "upstream-empty": { name: "空回答", text: "被询问的上游都没有给出任何内容就结束了回答。" },
  "upstream-gave-up": {
    name: "模型放弃",
    text: "模型在说出任何内容之前就放弃了，被询问的上游都是如此。上游本身没有问题。",
  },
  "upstream-truncated": { name: "回答中断", text: "回答中断，且无人能够续完。客户端已得到通知，没有当作完整回答。" },
  "upstream-overloaded": { name: "过载", text: "上游过载，已告知客户端稍后再试。" },
  "upstream-rate-limited": { name: "触发限流", text: "所有可用的密钥都达到了上游的速率限制。" },
  "upstream-quota-exhausted": { name: "额度用尽", text: "所有可用密钥的余额或额度都已用尽。" },
  "upstream-key-invalid": {
    name: "密钥被拒",
    text: "没有上游接受其密钥。客户端看到的是 502，因为它自己的密钥没有问题。",
  },
  "upstream-model-missing": { name: "模型不存在", text: "没有上游提供该模型。请检查模型映射和客户端请求的名称。" },
  "upstream-conflict": { name: "冲突", text: "上游报告冲突（409），再次询问后仍然如此。" },
  "upstream-request-rejected": {
    name: "请求被拒",
    text: "上游拒绝了请求本身，其回答已交给客户端。错误信息说明了原因。",
  },
  "upstream-context-length": {
    name: "提示词过长",
    text: "对话超出了模型的上下文窗口。客户端已得到通知，可以自行压缩。",
  },
  "upstream-content-filtered": { name: "内容过滤", text: "供应商的内容过滤拒绝了该请求。" },
  "upstream-too-large": { name: "请求过大", text: "请求的字节数超过了上游可接受的上限（413）。" },
  "upstream-ruled-out": { name: "按规则跳过", text: "您设置的切换规则跳过了所有被询问上游的回答。" },
  "no-upstream-available": {
    name: "没有可用上游",
    text: "没有上游可以询问：没有启用任何上游，或所有上游的熔断器都已打开。已告知客户端何时再来。",
  },
  "gateway-overloaded": { name: "网关过载", text: "网关正在处理的请求已达上限（见设置），或连接数已用尽。" },
  "gateway-shutting-down": { name: "正在停止", text: "网关当时正在停止。" },
  "gateway-interrupted": { name: "被人工中断", text: "有人在本界面中断了该请求，客户端已得到通知。" },
  "gateway-deadline": { name: "时间用尽", text: "整个请求连同其全部尝试超过了允许的时长。" },
  "gateway-proxy-failed": {
    name: "出站代理失败",
    text: "出站代理（HTTPS_PROXY、HTTP_PROXY）无法使用，经由它的上游都无法访问。",
  },
  "gateway-loop": { name: "请求绕回自身", text: "该请求已经经过本网关：某个上游的 base URL 又指回了这里。" },
  "gateway-internal": { name: "网关故障", text: "本网关出现故障，控制台输出中有详情；欢迎反馈。" },
};
