-- Callouts: `::: {.callout-note title="…" collapse="true"}`.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local kinds = {
  note = 'accent', tip = 'ok', warning = 'watch', caution = 'watch', important = 'alert',
}
-- Drawn by us; the shape tells the kinds apart without colour.
local icons = {
  note = '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.2v4M8 4.6v.6"/>',
  tip = '<path d="M5.2 9.6a4 4 0 1 1 5.6 0c-.6.6-.8 1-.8 1.9H6c0-.9-.2-1.3-.8-1.9zM6.2 14h3.6"/>',
  warning = '<path d="M8 1.8 15 14H1zM8 6v4M8 11.6v.6"/>',
  caution = '<path d="M8 1 15 8l-7 7-7-7zM8 4.8v4M8 10.4v.6"/>',
  important = '<path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.6v4.4M8 10.8v.6"/>',
}
local count = 0

local function kind_of(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match('^callout%-(%a+)$')
    if kind and kinds[kind] then return kind end
  end
end

-- The title is given as an attribute, or is the heading that comes first.
local function take_title(div, kind)
  if div.attributes.title then
    local title = pandoc.utils.blocks_to_inlines(pandoc.read(div.attributes.title, 'markdown').blocks)
    return title, div.content
  end
  local first = div.content[1]
  if first and first.t == 'Header' then
    local rest = div.content:clone()
    rest:remove(1)
    return first.content, rest
  end
  return pandoc.Inlines(target.word(kind)), div.content
end

local function html(div, kind, title, body)
  count = count + 1
  local id = div.identifier ~= '' and div.identifier or 'callout-' .. count
  local icon = '<svg class="callout-icon" viewBox="0 0 16 16" width="16" height="16" '
    .. 'aria-hidden="true" focusable="false">' .. icons[kind] .. '</svg>'
  if div.attributes.icon == 'false' then icon = '' end
  local heading = pandoc.Plain { pandoc.RawInline('html', icon) }
  heading.content:extend(title)
  local collapse = div.attributes.collapse
  local class = 'callout callout-' .. kind
  if div.attributes.appearance then
    class = class .. ' callout-' .. target.html_text(div.attributes.appearance)
  end
  local parts = pandoc.Blocks {}
  if collapse then
    local open = collapse == 'false' and ' open' or ''
    parts:insert(pandoc.RawBlock('html',
      ('<details class="%s" id="%s"%s><summary class="callout-title">'):format(class, id, open)))
    parts:insert(heading)
    parts:insert(pandoc.RawBlock('html', '</summary>'))
    parts:insert(pandoc.Div(body, pandoc.Attr('', { 'callout-body' })))
    parts:insert(pandoc.RawBlock('html', '</details>'))
    return parts
  end
  parts:insert(pandoc.RawBlock('html',
    ('<div class="%s" id="%s" role="note" aria-labelledby="%s-title"><div class="callout-title" id="%s-title">')
      :format(class, id, id, id)))
  parts:insert(heading)
  parts:insert(pandoc.RawBlock('html', '</div>'))
  parts:insert(pandoc.Div(body, pandoc.Attr('', { 'callout-body' })))
  parts:insert(pandoc.RawBlock('html', '</div>'))
  return parts
end

local function typst(div, kind, title, body)
  local label = target.typst_label(div.identifier)
  local parts = pandoc.Blocks {
    pandoc.RawBlock('typst', ('#rg-callout(kind: "%s", title: [%s])['):format(
      kinds[kind], target.written(title, 'typst'))),
  }
  parts:extend(body)
  parts:insert(pandoc.RawBlock('typst', ']' .. label))
  return parts
end

local function quote(kind, title, body)
  local parts = pandoc.Blocks {}
  if target.is('gfm') then
    parts:insert(pandoc.Para { pandoc.RawInline('markdown', '[!' .. kind:upper() .. ']'),
      pandoc.RawInline('markdown', '\n'), pandoc.Strong(title) })
  else
    parts:insert(pandoc.Para { pandoc.Strong(title) })
  end
  parts:extend(body)
  return pandoc.BlockQuote(parts)
end

local function callout(div)
  local kind = kind_of(div)
  if not kind then return nil end
  local title, body = take_title(div, kind)
  if target.is('html') then return html(div, kind, title, body) end
  if target.is('pdf') then return typst(div, kind, title, body) end
  return quote(kind, title, body)
end

function Pandoc(doc)
  target.read(doc.meta)
  return doc:walk { Div = callout }
end
