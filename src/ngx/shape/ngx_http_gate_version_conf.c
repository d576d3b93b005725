
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The block of gate_versions.
 */


#include "ngx_http_gate.h"
#include "ngx_http_gate_access.h"
#include "ngx_http_gate_conf.h"
#include "ngx_http_gate_limit.h"
#include "ngx_http_gate_meter.h"
#include "ngx_http_gate_place.h"
#include "ngx_http_gate_version.h"

#include "gate_text.h"


#define NGX_HTTP_GATE_VERSION_TEXT  1024      /* bytes of a sentence */


static char *ngx_http_gate_version_path(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_version_field(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_version_query(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_version_by_media(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static char *ngx_http_gate_version_line(ngx_conf_t *cf, void *conf,
    ngx_str_t *value);
static ngx_http_gate_version_way_t *ngx_http_gate_version_way(
    ngx_http_gate_versions_t *v, ngx_http_gate_version_by_e by);
static char *ngx_http_gate_version_where(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v);
static char *ngx_http_gate_version_whole(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v);
static const char *ngx_http_gate_version_wrong(ngx_http_gate_versions_t *v);
static ngx_int_t ngx_http_gate_version_texts(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v);
static char *ngx_http_gate_version_text(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v, const char *begin);
static ngx_int_t ngx_http_gate_version_vary(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v);
static void ngx_http_gate_version_unasked(ngx_conf_t *cf,
    ngx_http_gate_versions_t *v, const char *directive);


static ngx_http_gate_conf_row_t  ngx_http_gate_version_name = {
    ngx_string("NAME"), NGX_HTTP_GATE_CONF_NAME,
    offsetof(ngx_http_gate_versions_t, name), 1, GATE_VERSION_NAME, NULL
};


static ngx_http_gate_conf_row_t  ngx_http_gate_version_lines[] = {

    { ngx_string("path"), NGX_HTTP_GATE_CONF_CALL,
      0, 0, 0, ngx_http_gate_version_path },

    { ngx_string("field NAME"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_version_field },

    { ngx_string("query NAME"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_version_query },

    { ngx_string("media TYPE"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_version_by_media },

    { ngx_string("version NAME URI [hidden]"),
      NGX_HTTP_GATE_CONF_CALL|NGX_HTTP_GATE_CONF_MANY,
      0, 0, 0, ngx_http_gate_version_line },

    { ngx_string("default NAME"), NGX_HTTP_GATE_CONF_TEXT,
      offsetof(ngx_http_gate_versions_t, first), 1, GATE_VERSION_NAME, NULL },

    { ngx_string("unknown refuse|default"), NGX_HTTP_GATE_CONF_ENUM,
      offsetof(ngx_http_gate_versions_t, lenient), 0, 0, NULL },

      ngx_http_gate_conf_end
};


/* gate_versions NAME { ... } */

char *
ngx_http_gate_version_block(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_gate_version_loc_conf_t *vlcf = conf;

    char                               *rv;
    ngx_http_gate_versions_t           *v, **block;
    ngx_http_gate_version_main_conf_t  *vmcf;

    if (vlcf->versions != NULL) {
        return NGX_HTTP_GATE_CONF_TWICE;
    }

    ngx_http_gate_use(cf);

    v = ngx_pcalloc(cf->pool, sizeof(ngx_http_gate_versions_t));
    if (v == NULL) {
        return NGX_CONF_ERROR;
    }

    v->ways = ngx_array_create(cf->pool, 4,
                               sizeof(ngx_http_gate_version_way_t));
    v->versions = ngx_array_create(cf->pool, 4,
                                   sizeof(ngx_http_gate_version_t));

    if (v->ways == NULL || v->versions == NULL) {
        return NGX_CONF_ERROR;
    }

    v->file = cf->conf_file->file.name.data;
    v->line = cf->conf_file->line;

    vlcf->versions = v;

    vmcf = ngx_http_conf_get_module_main_conf(cf,
                                              ngx_http_gate_version_module);
    vmcf->used = 1;

    block = ngx_array_push(&vmcf->blocks);
    if (block == NULL) {
        return NGX_CONF_ERROR;
    }

    *block = v;

    rv = ngx_http_gate_conf_arg(cf, 1, &ngx_http_gate_version_name, v);

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_gate_version_where(cf, v);
    }

    if (rv == NGX_CONF_OK) {
        rv = ngx_http_gate_conf_block(cf, ngx_http_gate_version_lines, v);
    }

    return (rv == NGX_CONF_OK) ? ngx_http_gate_version_whole(cf, v) : rv;
}


/* the beginning of the path is what is replaced */

static char *
ngx_http_gate_version_where(ngx_conf_t *cf, ngx_http_gate_versions_t *v)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->named
#if (NGX_PCRE)
        || clcf->regex
#endif
        )
    {
        return "must be in a location with a beginning of paths, not in one "
               "with a regular expression or with a name";
    }

    v->prefix = clcf->name;
    v->exact = clcf->exact_match;
    v->srv_conf = ((ngx_http_conf_ctx_t *) cf->ctx)->srv_conf;

    /* "/v1" and what is behind "/orders-old" would make one name of it */

    if (!v->exact && v->prefix.data[v->prefix.len - 1] != '/') {
        return "needs a location that ends in \"/\", or one path alone: write "
               "\"location /NAME/\" or \"location = /NAME\"";
    }

    return NGX_CONF_OK;
}


static ngx_http_gate_version_way_t *
ngx_http_gate_version_way(ngx_http_gate_versions_t *v,
    ngx_http_gate_version_by_e by)
{
    ngx_http_gate_version_way_t  *way;

    way = ngx_array_push(v->ways);

    if (way != NULL) {
        ngx_memzero(way, sizeof(ngx_http_gate_version_way_t));
        way->by = by;
    }

    return way;
}


static char *
ngx_http_gate_version_path(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_versions_t *v = conf;

    if (cf->args->nelts != 1) {
        return "takes no words: the segment behind the location is meant";
    }

    if (v->exact) {
        return "needs a location that goes on behind a slash: write one that "
               "ends in \"/\"";
    }

    return ngx_http_gate_version_way(v, NGX_HTTP_GATE_VERSION_PATH)
           ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static char *
ngx_http_gate_version_field(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_versions_t *v = conf;

    ngx_http_gate_version_way_t  *way;

    if (cf->args->nelts != 2
        || !gate_version_is_name(ngx_http_gate_view(&value[1])))
    {
        return "takes the name of a field: write \"field NAME;\"";
    }

    way = ngx_http_gate_version_way(v, NGX_HTTP_GATE_VERSION_FIELD);
    if (way == NULL) {
        return NGX_CONF_ERROR;
    }

    way->name.len = value[1].len;
    way->name.data = ngx_pnalloc(cf->pool, value[1].len);
    if (way->name.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_strlow(way->name.data, value[1].data, value[1].len);

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_version_query(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_versions_t *v = conf;

    ngx_http_gate_version_way_t  *way;

    if (cf->args->nelts != 2
        || !gate_version_is_name(ngx_http_gate_view(&value[1])))
    {
        return "takes the name of an argument: write \"query NAME;\"";
    }

    way = ngx_http_gate_version_way(v, NGX_HTTP_GATE_VERSION_QUERY);
    if (way == NULL) {
        return NGX_CONF_ERROR;
    }

    way->name = value[1];

    return NGX_CONF_OK;
}


static char *
ngx_http_gate_version_by_media(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_versions_t *v = conf;

    gate_version_media_t          media;
    ngx_http_gate_version_way_t  *way;

    if (cf->args->nelts != 2
        || !gate_version_media(ngx_http_gate_view(&value[1]), &media))
    {
        return "takes a media type with {version} in it, in quotes: write "
               "\"application/vnd.NAME.{version}+json\" or "
               "\"application/json;version={version}\"";
    }

    way = ngx_http_gate_version_way(v, NGX_HTTP_GATE_VERSION_MEDIA);
    if (way == NULL) {
        return NGX_CONF_ERROR;
    }

    way->media = media;

    return NGX_CONF_OK;
}


/* version NAME URI [hidden]; */

static char *
ngx_http_gate_version_line(ngx_conf_t *cf, void *conf, ngx_str_t *value)
{
    ngx_http_gate_versions_t *v = conf;

    ngx_uint_t                n;
    ngx_http_gate_version_t  *version;

    n = cf->args->nelts;

    if (n < 3 || n > 4
        || (n == 4 && ngx_strcmp(value[3].data, "hidden") != 0)
        || !gate_version_is_name(ngx_http_gate_view(&value[1])))
    {
        return "takes a name of letters, digits, \".\", \"-\" and \"_\", and "
               "where it is: write \"version NAME URI [hidden];\"";
    }

    if (value[2].data[0] != '/'
        || (!v->exact && value[2].data[value[2].len - 1] != '/'))
    {
        return "leads to a URI that begins with \"/\", and ends in \"/\" as "
               "the location does: write that";
    }

    if (ngx_http_gate_version_find(v, ngx_http_gate_view(&value[1])) != NULL) {
        return ngx_http_gate_conf_wrong(cf, &value[1],
                                        "is the name of a version above as "
                                        "well: take one of them out");
    }

    version = ngx_array_push(v->versions);
    if (version == NULL) {
        return NGX_CONF_ERROR;
    }

    version->name = value[1];
    version->uri = value[2];
    version->hidden = (n == 4);

    return NGX_CONF_OK;
}


/* the words of the directive are no longer there, those of its last line are */

static char *
ngx_http_gate_version_whole(ngx_conf_t *cf, ngx_http_gate_versions_t *v)
{
    const char  *why;

    why = ngx_http_gate_version_wrong(v);

    if (why != NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"gate_versions %V\" %s in %s:%ui", &v->name, why,
                      v->file, v->line);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gate_version_vary(cf, v) != NGX_OK
        || ngx_http_gate_version_texts(cf, v) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static const char *
ngx_http_gate_version_wrong(ngx_http_gate_versions_t *v)
{
    if (v->versions->nelts == 0) {
        return "has no version: write \"version NAME URI;\" in it";
    }

    if (v->first.len
        && ngx_http_gate_version_find(v, ngx_http_gate_view(&v->first))
           == NULL)
    {
        return "has a \"default\" that is none of its versions: write the "
               "name of one";
    }

    if (v->lenient && v->first.len == 0) {
        return "has \"unknown default\" and no default: write \"default "
               "NAME;\" in it";
    }

    return NULL;
}


static ngx_int_t
ngx_http_gate_version_texts(ngx_conf_t *cf, ngx_http_gate_versions_t *v)
{
    v->unknown = ngx_http_gate_version_text(cf, v, "There is no such version");
    v->none = ngx_http_gate_version_text(cf, v,
                                         "The request names no version");

    return (v->unknown && v->none) ? NGX_OK : NGX_ERROR;
}


static char *
ngx_http_gate_version_text(ngx_conf_t *cf, ngx_http_gate_versions_t *v,
    const char *begin)
{
    char                     *text;
    u_char                    buf[NGX_HTTP_GATE_VERSION_TEXT];
    ngx_uint_t                i, n;
    gate_text_t               t;
    ngx_http_gate_version_t  *version;

    gate_text_init(&t, buf, sizeof(buf) - 2);
    gate_text_cstr(&t, begin);

    version = v->versions->elts;

    for (i = 0, n = 0; i < v->versions->nelts; i++) {
        if (!version[i].hidden) {
            gate_text_cstr(&t, n++ ? ", " : "; there are: ");
            gate_text_add(&t, ngx_http_gate_view(&version[i].name));
        }
    }

    *t.last++ = '.';
    *t.last++ = '\0';

    text = ngx_pnalloc(cf->pool, t.last - t.start);
    if (text == NULL) {
        return NULL;
    }

    ngx_memcpy(text, t.start, t.last - t.start);

    return text;
}


/* the fields that decide, once each */

static ngx_int_t
ngx_http_gate_version_vary(ngx_conf_t *cf, ngx_http_gate_versions_t *v)
{
    size_t                        len;
    u_char                       *p;
    ngx_str_t                     name;
    ngx_uint_t                    i, accept;
    ngx_http_gate_version_way_t  *way;

    way = v->ways->elts;
    len = 0;

    for (i = 0; i < v->ways->nelts; i++) {
        len += way[i].name.len + sizeof("accept, ");
    }

    p = ngx_pnalloc(cf->pool, len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->vary.data = p;
    accept = 0;

    for (i = 0; i < v->ways->nelts; i++) {

        if (way[i].by == NGX_HTTP_GATE_VERSION_FIELD) {
            name = way[i].name;

        } else if (way[i].by == NGX_HTTP_GATE_VERSION_MEDIA && !accept++) {
            ngx_str_set(&name, "accept");

        } else {
            continue;
        }

        p = ngx_sprintf(p, "%s%V", p == v->vary.data ? "" : ", ", &name);
    }

    v->vary.len = p - v->vary.data;

    return NGX_OK;
}


/*
 * Of what is written around it other locations may be meant.  It runs before
 * the check of the meter, which would miss one here.
 */

ngx_int_t
ngx_http_gate_version_check(ngx_conf_t *cf, ngx_http_gate_place_t *place)
{
    ngx_http_gate_versions_t          *v;
    ngx_http_gate_meter_loc_conf_t    *meter, *around;
    ngx_http_gate_limit_loc_conf_t    *limit, *limits;
    ngx_http_gate_access_loc_conf_t   *access, *accesses;
    ngx_http_gate_version_loc_conf_t  *vlcf;

    vlcf = ngx_http_gate_place_conf(place, &ngx_http_gate_version_module);
    v = vlcf->versions;

    if (v == NULL || place->block) {
        return NGX_OK;
    }

    access = ngx_http_gate_place_conf(place, &ngx_http_gate_access_module);
    accesses = vlcf->outer[ngx_http_gate_access_module.ctx_index];

    if (access->lines != NULL && access->lines != accesses->lines) {
        ngx_http_gate_version_unasked(cf, v, "gate_allow");
    }

    limit = ngx_http_gate_place_conf(place, &ngx_http_gate_limit_module);
    limits = vlcf->outer[ngx_http_gate_limit_module.ctx_index];

    if (limit->lines != NULL && limit->lines != limits->lines) {
        ngx_http_gate_version_unasked(cf, v, "gate_limit");
    }

    meter = ngx_http_gate_place_conf(place, &ngx_http_gate_meter_module);
    around = vlcf->outer[ngx_http_gate_meter_module.ctx_index];

    if (meter->enable
        && (meter->file != around->file || meter->line != around->line))
    {
        ngx_http_gate_version_unasked(cf, v, "gate_meter");
    }

    if (meter->file == NULL) {
        meter->file = v->file;
        meter->line = v->line;
    }

    return NGX_OK;
}


static void
ngx_http_gate_version_unasked(ngx_conf_t *cf, ngx_http_gate_versions_t *v,
    const char *directive)
{
    ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                  "\"%s\" beside \"gate_versions %V\" is not asked: write it "
                  "in the locations that its versions lead to, for %s:%ui",
                  directive, &v->name, v->file, v->line);
}
