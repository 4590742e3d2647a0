-- Numbers with their source behind them: `[87.3 %]{.rg-value data-note="3" data-detail="…"}`.
-- In HTML a button that opens a note without a script; in PDF and docx a raised number that links
-- to the note in the appendix; elsewhere the text alone. Quarto runs this file as it is, so it
-- stands alone.

local count = 0

local function format_of(meta)
  local to = meta.rg and meta.rg.to and pandoc.utils.stringify(meta.rg.to) or FORMAT
  if to:match('html') or to:match('revealjs') then return 'html' end
  if to == 'pdf' or to:match('typst') then return 'typst' end
  if to:match('docx') then return 'docx' end
  return 'text'
end

local function attribute(span, name)
  local found = span.attributes['data-' .. name] or span.attributes[name]
  return found ~= '' and found or nil
end

local function escaped(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

local function note_anchors(doc)
  local found = {}
  local function note(element)
    if element.identifier:match('^note%-') then found[element.identifier] = true end
  end
  doc:walk { Div = note, Span = note, Header = note, Link = note }
  return found
end

local function html(span, note, detail, anchors)
  count = count + 1
  local id = 'v' .. count
  local classes = table.concat(span.classes, ' ')
  local marks = ''
  local name = attribute(span, 'name')
  if name then marks = marks .. ' data-name="' .. escaped(name) .. '"' end
  if note then marks = marks .. ' data-note="' .. escaped(note) .. '"' end
  local parts = pandoc.Inlines { pandoc.RawInline('html',
    ('<button class="%s" popovertarget="%s"%s>'):format(escaped(classes), id, marks)) }
  parts:extend(span.content)
  local link = ''
  if note and anchors['note-' .. note] then
    link = ' <a href="#note-' .. escaped(note) .. '">Note ' .. escaped(note) .. '</a>'
  end
  parts:insert(pandoc.RawInline('html',
    ('</button><span id="%s" popover>%s%s</span>'):format(id, escaped(detail or ''), link)))
  return parts
end

local function raised(span, note, anchors, format)
  local parts = pandoc.Inlines {}
  parts:extend(span.content)
  if not note then return parts end
  local sign = pandoc.Inlines { pandoc.Str(note) }
  if anchors['note-' .. note] then
    sign = pandoc.Inlines { pandoc.Link(sign, '#note-' .. note, '', pandoc.Attr('', { 'rg-note-link' })) }
  end
  -- Set apart, lest a note be read as a power.
  if format == 'typst' then
    parts:insert(pandoc.RawInline('typst', '#h(0.12em)#super(typographic: false, size: 6pt, text(weight: 400)['))
    parts:extend(sign)
    parts:insert(pandoc.RawInline('typst', '])'))
  else
    parts:insert(pandoc.Str('\u{202f}'))
    parts:insert(pandoc.Superscript(sign))
  end
  return parts
end

function Pandoc(doc)
  local format = format_of(doc.meta)
  local anchors = note_anchors(doc)
  return doc:walk {
    Span = function(span)
      if not span.classes:includes('rg-value') then return nil end
      local note, detail = attribute(span, 'note'), attribute(span, 'detail')
      if format == 'html' then
        return (note or detail) and html(span, note, detail, anchors) or nil
      end
      if format == 'text' then return span.content end
      return raised(span, note, anchors, format)
    end,
  }
end
